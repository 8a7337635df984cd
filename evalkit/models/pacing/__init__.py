"""Requests and tokens a minute: a pace that is kept before the server rejects."""
