"""What `digitcli predict` shows and writes."""
