"""Whole processes, from their start to the answer."""
