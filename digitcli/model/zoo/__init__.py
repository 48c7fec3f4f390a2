"""Weights that ship with digitcli."""
