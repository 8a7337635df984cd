"""Metrics that a benchmark defines for itself."""
