"""Runs of the store against each other: gates decided again, between any two."""
