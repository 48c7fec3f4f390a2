"""What `digitcli bench` measured, for people."""
