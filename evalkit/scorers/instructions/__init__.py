"""Scorers of instruction following."""
