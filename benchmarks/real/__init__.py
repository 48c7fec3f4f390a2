"""The real pictures, what is asked of each set of them, and what else reads digits."""
