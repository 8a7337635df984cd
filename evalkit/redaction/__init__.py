"""Credentials are cut from what is shown or kept; docs/reference/secrets.md says where."""
