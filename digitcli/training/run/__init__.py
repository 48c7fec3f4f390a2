"""One training run: its loop, its folder, its checkpoints, and going on from them."""
