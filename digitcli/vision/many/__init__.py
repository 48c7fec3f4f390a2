"""Many pictures, read in processes."""
