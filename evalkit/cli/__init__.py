"""The ``evalkit`` command: one module for each sub-command."""

from evalkit.cli.program import main

__all__ = ["main"]
