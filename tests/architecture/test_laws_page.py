"""The page of laws names what checks each of them."""

from __future__ import annotations

import re

from tests.architecture.tree import ROOT
from tests.laws import doors, laws
from tests.laws.judged import laws as judged
from tests.laws.paid import laws as paid

ROWS = re.findall(
    r"^\| .+ \| `(\w+)` \| (.+) \|$", (ROOT / "docs/explanation/laws.md").read_text("utf-8"), re.MULTILINE
)

MODULES = (doors, laws, paid, judged)


def test_every_law_is_checked_by_a_function_and_every_function_is_a_law() -> None:
    functions = {name for module in MODULES for name in module.__all__ if name in vars(module)}
    assert {name for name, _ in ROWS} == functions == {name for module in MODULES for name in module.__all__}


def test_every_test_that_the_page_names_is_there() -> None:
    named = [path for _, cell in ROWS for path in re.findall(r"`(tests/[\w/]+\.py)`", cell)]
    assert named
    assert not [path for path in named if not (ROOT / path).is_file()]
