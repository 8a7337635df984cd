"""Scorers of outputs that should be JSON."""
