"""Formats of recorded outputs."""
