"""Reduce a picture file to the parts that its decoder needs: one module for each format.

Each has `essential(data, limits)`. It walks over the file's parts, counts them, and returns a file
of those that make the first picture's pixels, with the orientation from its metadata. Nothing is
decoded here. A file with nothing to leave out is not copied.
"""
