"""The version, in one place: the package, the distribution and the store say the same."""

from __future__ import annotations

__version__ = "0.1.0"
