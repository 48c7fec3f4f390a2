"""The C++ engine behind a Python face."""
