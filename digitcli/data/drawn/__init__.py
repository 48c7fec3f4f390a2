"""Digits, and what is none, drawn by the program itself to be learnt from."""
