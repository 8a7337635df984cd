"""The version of the tables: the number of the last file in ``migrations/``."""

from __future__ import annotations

SCHEMA_VERSION = 27
