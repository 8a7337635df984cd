"""Frozen data that every other package speaks: no IO, nothing heavy."""
