"""The signs that a network which reads lines tells apart."""

SIGNS = "0123456789.,-/:"  # one class each; behind them the CTC blank
