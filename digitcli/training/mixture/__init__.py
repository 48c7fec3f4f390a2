"""Training sets of several sources."""
