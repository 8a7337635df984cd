"""How JSON is found in an output."""
