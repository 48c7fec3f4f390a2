"""The Keras twin and its training; the only user of TensorFlow."""
