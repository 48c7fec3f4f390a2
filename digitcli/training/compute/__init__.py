"""What a training step computes with: Keras on TensorFlow or JAX, devices, random numbers."""
