"""Weights that ship with digitcli."""

DEFAULT = "reader"  # what commands take that read pictures
