"""From a picture to the lines of digits in it."""
