"""Texts that try to talk a judge into a good verdict on a bad response."""
