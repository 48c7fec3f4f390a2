"""Other programs' models as weights of digitcli: one reader a format, one builder, one check."""
