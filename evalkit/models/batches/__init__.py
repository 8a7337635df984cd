"""Vendors' batch endpoints, one file each: many requests handed in together, answered later and for less."""
