"""Scorers that compare an output with references, patterns or numbers."""
