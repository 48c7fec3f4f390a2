"""What `digitcli show` writes: the inside of a network, for teaching."""
