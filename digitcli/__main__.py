"""`python -m digitcli`."""

from .cli.start import entry_point

entry_point()
