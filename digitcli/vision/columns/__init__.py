"""From the columns that a network for lines gives to the number that is written there."""
