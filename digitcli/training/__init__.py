"""The Keras twin of a network, and how it is trained."""
