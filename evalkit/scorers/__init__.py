"""Scorers: one Response -> one Score. Contract: ``scorer.Scorer``; way in: ``open.open_scorer``."""
