"""The C++ module."""
