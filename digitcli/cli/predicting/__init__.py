"""Parts of `digitcli predict`."""
