"""Scorers over the log-likelihoods of a sample's choices."""
