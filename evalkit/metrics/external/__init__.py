"""Metrics computed elsewhere, and metrics of metrics."""
