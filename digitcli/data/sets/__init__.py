"""The data sets that can be fetched, one module for each publisher, and how each is stored."""
