"""Scorers that the user's own code or a sample's own assertions define."""
