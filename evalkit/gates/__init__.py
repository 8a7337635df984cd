"""Metrics and comparisons -> verdicts."""
