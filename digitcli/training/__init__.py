"""The Keras twin and its training."""
