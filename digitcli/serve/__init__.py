"""The HTTP service: pictures and tensors in, answers out."""
