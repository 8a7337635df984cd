"""Intervals, paired tests, power: arrays in, numbers out, seeded."""
