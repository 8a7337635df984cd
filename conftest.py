"""Shared by ``suites/`` and ``tests/``: the plugin's own test tool."""

pytest_plugins = ["pytester"]
