"""This machine: processors, caches, GPUs, limits, and how fast it can be."""
