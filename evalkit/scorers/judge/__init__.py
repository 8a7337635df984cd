"""Scorers that ask a judge Model: its opinion of an output, and how sure it is."""
