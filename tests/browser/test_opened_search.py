"""The search of a page against Python's: plain texts and regular expressions."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from evalkit.core.observations import Observations
from tests.browser.conftest import Opener
from tests.unit.report.memory_source import MemorySource, rows

pytestmark = pytest.mark.browser

OUTPUTS = (
    "He has 12 eggs per day.", "An egg a day", "eggs PER\n day", "no legs", "price: $5 (five)", "a.b\tc",
    "Straße", "ΟΔΟΣ and οδός", "x{2}", "aab aabb", "2024-01-31", "naïve café", "1 | 2", "\u017fharp", "",
)  # fmt: skip
PATTERNS = (
    "eggs? (per|a) day", "leg|egg", "egg+s", "^an", r"\$\d \(", r"a\.b", "x{2}", r"x\{2\}", "aab{2}",
    r"(a)\1b", r"\d{4}-\d\d", "caf[eé]", "[^a-z]egg", "day(?! )", "(?<=per )day", r"1 \| 2", "no.legs?",
    r"\bper\b", "b*c", "z*", "zzz+",
)  # fmt: skip
TEXTS = ("EGG", "eggs per day", "$5 (", "a.b c", "x{2}", "οδοσ", "CAFÉ", "1 | 2", "zzz")


def observations() -> Observations:
    return rows("-" * len(OUTPUTS), outputs=list(OUTPUTS))


def expected(pattern: re.Pattern[str], *, is_folded: bool) -> list[str]:
    """Ids of the samples with a text that has it."""
    seen = observations()
    found = []
    for i, response in enumerate(seen.responses):
        score = seen.scores["exact_match"][i]
        texts = [seen.sample_ids[i], seen.targets[i], response.output, response.input]
        texts += [score.answer, score.explanation]
        folded = [" ".join((text or "").split(" ")) for text in texts]
        if any(pattern.search(re.sub(r"\s+", " ", text) if is_folded else text) for text in folded):
            found.append(seen.sample_ids[i])
    return found


def test_a_search_finds_what_python_finds(open_report: Opener) -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", observations())
    page = open_report(source, "a").page

    def found(query: str, name: str) -> list[str]:
        page.evaluate("(link) => { location.hash = link; }", f"#samples?{name}={quote(query)}")
        page.wait_for_function(
            "(query) => document.getElementById('search').value === query"
            " && document.getElementById('samples-table').getAttribute('aria-busy') === 'false'",
            arg=query,
        )
        return sorted(text.strip() for text in page.locator("#samples-body .c-id").all_inner_texts())

    for query in PATTERNS:
        assert found(query, "re") == sorted(expected(re.compile(query, re.I), is_folded=False)), query
    for query in TEXTS:
        pattern = re.compile(re.escape(query), re.I)
        assert found(query, "q") == sorted(expected(pattern, is_folded=True)), query


def test_texts_that_are_not_unpacked_yet_are_waited_for(open_report: Opener) -> None:
    """Outputs of few words come with the numbers, inputs after them."""
    n = 5_000
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+-" * (n // 2)))
    page = open_report(source, "a").page
    page.evaluate(f"location.hash = '#samples?q=Question%20{n - 1}'")
    page.get_by_text(f"1 of {n:,} rows").wait_for()
    page.evaluate("location.hash = '#samples'")
    page.get_by_text(f"{n:,} rows", exact=True).wait_for()
    page.locator("#samples-body tr.row:not([data-waits])").first.wait_for()
    assert page.locator("#samples-body .c-input").first.inner_text() == "Question 1?"
