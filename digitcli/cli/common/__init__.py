"""What all commands have: examples, defaults from files and variables, completion, -q and -v."""
