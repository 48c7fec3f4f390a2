"""A user's own digits: a sheet to fill in and its photograph, folders of labelled pictures."""
