"""What a number must look like, and the best reading that obeys it."""
