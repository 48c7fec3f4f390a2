"""Tensors in, tensors out: the protocols of TensorFlow Serving and of Open Inference."""
