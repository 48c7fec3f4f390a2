"""What `digitcli train` shows and leaves in the run folder."""
