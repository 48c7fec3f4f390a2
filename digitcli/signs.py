"""What networks tell apart: the classes of single digits, and the signs of lines; how many digits.

A picture is asked for one digit, for lines of many, or for whichever it shows.
"""

from typing import Literal, TypeAlias

DIGITS: tuple[str, ...] = tuple("0123456789")  # the names of the classes where none are given
SIGNS = "0123456789.,-/:"  # one class each; behind them the CTC blank

Found: TypeAlias = Literal["one", "many"]
Mode: TypeAlias = Literal["one", "many", "auto"]
MODES: tuple[Mode, ...] = ("one", "many", "auto")
