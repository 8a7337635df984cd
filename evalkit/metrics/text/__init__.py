"""Metrics that compare texts with references."""
