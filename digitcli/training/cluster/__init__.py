"""Several workers that train one network together."""
