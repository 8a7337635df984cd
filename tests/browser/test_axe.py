"""axe-core on a page with every kind of block that a report has."""

from __future__ import annotations

import pytest

from evalkit.report import blocks, history_blocks, story, ways
from evalkit.report.collect import collect
from evalkit.report.sections import build
from tests.browser.axe import LOOKS, violations
from tests.browser.conftest import Opener
from tests.unit.report.memory_source import MemorySource, regressed, rows
from tests.unit.report.test_report_history import past

pytestmark = pytest.mark.browser

#: Kinds that only pages of ``evalkit view`` have.
SERVED = {"chart", "form", "pager"}


def of_every_kind() -> MemorySource:
    """Two prompts with gates, a task of three Subjects, one of them worse, and nights before with a drop."""
    source = regressed()
    now = source.evaluations("run-b")[-1]
    source.past = [
        night._replace(task=now.task, prompt=now.subject.prompt)
        for night in past(30, model=now.subject.model, drop_at=15)
    ]
    for model, marks in (("local/a", "++-+++--"), ("local/b", "+-------"), ("local/c", "++++++--")):
        source.add(
            "run-b", model, rows(marks * 8), task="sums", model=model,
            metric_specs={"accuracy": ["accuracy", {}]}, scorer_signatures={"exact_match": "exact_match()"},
        )  # fmt: skip
    return source


def test_the_page_has_every_kind_of_block() -> None:
    shown = {block.kind for each in build(collect(of_every_kind(), "run-b")) for block in each.blocks}
    known = {each.strip() for each in str(blocks.Block).split("|")}
    homes = (blocks, history_blocks, story, ways)
    assert shown == {getattr(home, name).kind for home in homes for name in known & set(vars(home))} - SERVED


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 700)])
def test_axe_finds_nothing_wrong(open_report: Opener, scheme: str, width: int) -> None:
    page = open_report(of_every_kind(), "run-b", width=width, scheme=scheme).page
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.locator("#samples-body button").first.click()
    page.evaluate("scrollTo(0, 0)")  # where no bar that stays lies over a filter
    assert violations(page, LOOKS if scheme == "dark" else None) == []
