"""What networks tell apart: the classes of single digits, and the signs of lines."""

DIGITS: tuple[str, ...] = tuple("0123456789")  # the names of the classes where none are given
SIGNS = "0123456789.,-/:"  # one class each; behind them the CTC blank
