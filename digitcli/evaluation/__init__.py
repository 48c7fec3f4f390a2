"""Accuracy, calibration and other measures of a network, with intervals."""
