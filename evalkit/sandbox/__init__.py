"""Runs code that a model wrote. Way in: ``open.open_sandbox``; contract: ``sandbox.Sandbox``."""
