"""Metrics over ranked documents."""
