"""Any picture in, (28, 28) uint8 out, as MNIST would have made it."""
