"""Credentials are cut from what is shown or kept; docs/secrets.md says where."""
