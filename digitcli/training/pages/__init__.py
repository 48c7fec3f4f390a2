"""Learning to find lines."""
