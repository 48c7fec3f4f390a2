"""What a decoder needs of a picture file, and nothing else: one module for each format.

Each has `essential(data, limits)`. It walks over the file's parts, counts them, and gives a file of
those that make the first picture's pixels, with the orientation that the others ask for. Nothing is
decoded here, and no file is copied that has nothing to leave out.
"""
