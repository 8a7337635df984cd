"""Which tests `make test-fast` leaves out: those that run sessions, processes, browsers or simulations."""

from __future__ import annotations

#: Folders and files beneath ``tests/`` whose tests are marked ``slow``.
SLOW = (
    "architecture/test_docs.py",
    "architecture/test_tools.py",
    "browser",
    "faults",
    "laws",
    "plugin",
    "unit/bridges",
    "unit/drift",
    "unit/gates",
    "unit/imports",
    "unit/metrics",
    "unit/sandbox",
    "unit/scorers/test_code_scorer.py",
    "unit/scorers/test_ifeval_scorer.py",
    "unit/session/rerun",
    "unit/stats",
    "unit/suites",
    "contracts",
)
