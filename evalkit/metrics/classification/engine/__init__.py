"""Labels and their counts."""
