"""The version, in one place: the package, the distribution and the store say the same."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
