"""Adapting trained weights to one person's handwriting."""
