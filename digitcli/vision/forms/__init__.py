"""Filled-in copies of one form: laid over the empty one, and read field by field."""
