"""Learning to read whole lines."""
