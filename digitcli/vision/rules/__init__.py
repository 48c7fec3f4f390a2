"""Rules for numbers, and the best reading that obeys them."""
