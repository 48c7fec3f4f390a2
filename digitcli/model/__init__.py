"""The network as a description, and its weights as a file."""
