"""Labels to numbers."""
