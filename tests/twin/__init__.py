"""The slow, obviously right twins of C++ code, in NumPy; they import nothing of ours."""
