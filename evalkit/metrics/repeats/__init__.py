"""Metrics over the repeats of each sample."""
