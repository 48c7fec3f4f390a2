"""Files of several pages, each of which is a picture: TIFF, GIF and PDF."""
