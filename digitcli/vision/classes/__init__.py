"""Pictures of other classes than digits."""
