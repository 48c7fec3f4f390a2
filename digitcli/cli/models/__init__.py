"""Commands on weight files, ours and those of other programs."""
