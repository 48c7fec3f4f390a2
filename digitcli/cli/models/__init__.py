"""Commands on files of other programs."""
