"""Lines of digits to learn from, drawn with real hands on made paper."""
