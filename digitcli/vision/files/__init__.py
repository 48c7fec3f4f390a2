"""From what a user names to grey pixels: files, folders, patterns, lists, archives, formats."""
