"""How a ranking is read."""
