"""`digitcli bench`: its options, its work, and the processes it starts."""
