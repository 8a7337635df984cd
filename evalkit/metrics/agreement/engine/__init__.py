"""Formulas of the coefficients of agreement."""
