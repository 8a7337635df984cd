"""Metrics over graded values and log-likelihoods."""
