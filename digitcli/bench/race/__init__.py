"""Runtimes in processes of their own, timed in turns on the same pictures."""
