"""Slow and simple twins of C++ code, in NumPy; they import nothing of ours."""
