"""Quantiles and totals."""
