"""`python -m digitcli`."""

from .cli.app import entry_point

entry_point()
