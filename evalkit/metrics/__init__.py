"""Scores or Responses -> one number. Contract: ``metric.Metric``; way in: ``open.open_metric``."""
