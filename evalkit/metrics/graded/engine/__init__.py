"""Ranks for correlations."""
