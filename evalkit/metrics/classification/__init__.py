"""Metrics over right and wrong, and over confusion tables."""
