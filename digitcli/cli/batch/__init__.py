"""`digitcli batch`."""
