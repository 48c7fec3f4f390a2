"""How fast an engine is, beside others."""
