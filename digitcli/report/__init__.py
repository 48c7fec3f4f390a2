"""The only code that prints or plots."""
