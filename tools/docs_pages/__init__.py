"""Writes the pages of docs/reference that the code itself knows: `make docs`."""
