"""Labelled pictures to learn from or to measure on, in any of the forms that people keep them."""
