"""The scan over slices that nobody asked about: what it looks at, what it finds, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from evalkit.comparisons.slices.fields import categories
from evalkit.comparisons.slices.scan import SliceScan, adjusted, scan
from evalkit.core.slices import Slice
from tests.unit.gates.metric_doubles import ACCURACY, observe

Rows = Mapping[str, Mapping[str, Any]]


def rows_of(n: int, **fields: Any) -> dict[str, dict[str, Any]]:
    """Sample id to row; each field is a function of the place."""
    return {f"s{at:06}": {name: made(at) for name, made in fields.items()} for at in range(n)}


def scanned(rows: Rows, before: list[float], after: list[float]) -> SliceScan:
    found = scan({"accuracy": ACCURACY}, observe(before), observe(after), categories(rows))
    assert found is not None
    return adjusted([found])[0]


def test_fields_with_few_values_are_looked_at_and_ids_and_texts_are_not() -> None:
    rows = rows_of(
        100,
        id=str,
        input=lambda at: f"a text {at}",
        language=lambda at: ("de", "en")[at % 2],
        level=lambda at: at % 5,
        is_long=lambda at: at % 3 == 0,
        score=lambda at: 0.5 * (at % 2),
        tags=lambda at: ["all", "odd"] if at % 2 else ["all"],
        same=lambda at: "x",
        meta=lambda at: {"team": "abc"[at % 3]},
    )
    found = categories(rows)
    assert found.fields == ("language", "level", "is_long", "tags", "{{ meta.team }}")
    assert Slice("tags", "all") not in found.slices  # every sample
    assert Slice("tags", "odd") not in found.slices  # the very samples of language=en
    assert [each.text for each in found.slices if each.by.startswith("{{")] == [
        "meta.team=b", "meta.team=c"
    ]  # fmt: skip


def test_a_field_is_looked_at_though_some_rows_leave_it_empty() -> None:
    rows = rows_of(
        100,
        text=lambda at: ("de", "en", "", " ", None)[at % 5],
        number=lambda at: (1, 2, 2, 3, float("nan"))[at % 5],
        tags=lambda at: [["a"], ["b", ""], [None]][at % 3],
    )
    found = categories(rows)
    assert [(each.by, each.value) for each in found.slices] == [
        ("text", "de"), ("text", "en"), ("number", "2"), ("number", "3"), ("tags", "a"), ("tags", "b"),
    ]  # fmt: skip


def test_the_worst_slice_stands_first_with_the_p_value_of_its_samples_alone() -> None:
    rows = rows_of(120, k=lambda at: "abc"[at % 3])
    before = [1.0 if at % 3 < 2 else 0.0 for at in range(120)]
    after = [0.0 if at % 3 == 1 or at == 0 else 1.0 for at in range(120)]
    found = scanned(rows, before, after)
    assert [(each.part.value, each.word) for each in found.moved] == [("b", "worse"), ("c", "better")]
    assert found.moved[0].tests.worse == pytest.approx(binomtest(40, 40).pvalue / 2)
    assert [(each.part.value, each.n_losses) for each in found.others] == [("a", 1)]


def test_q_is_benjamini_hochberg_in_each_direction_at_half_the_rate() -> None:
    rng = np.random.default_rng(3)
    rows = rows_of(400, a=lambda at: at % 7, b=lambda at: at % 11)
    before, after = rng.integers(0, 2, 400), rng.integers(0, 2, 400)
    found = scanned(rows, before.astype(float).tolist(), after.astype(float).tolist())
    worse = false_discovery_control([each.tests.worse for each in found.moves])
    better = false_discovery_control([each.tests.better for each in found.moves])
    expected = np.minimum(1, 2 * np.minimum(worse, better))
    assert [each.q for each in found.moves] == pytest.approx(expected.tolist())


def test_slices_of_which_no_answers_could_show_anything_are_counted_and_not_tested() -> None:
    rows = rows_of(50, k=lambda at: "ab"[at < 5])
    found = scanned(rows, [1.0] * 50, [0.0] * 50)
    assert (found.n_unseen, [each.part.value for each in found.moves]) == (1, ["a"])


def test_repeats_are_kept_together_with_their_sample() -> None:
    rows = rows_of(20, k=lambda at: "ab"[at % 2])
    sides = observe([1.0] * 40, repeats=2), observe([0.0, 1.0] * 20, repeats=2)
    found = scan({"accuracy": ACCURACY}, *sides, categories(rows))
    assert found is not None
    assert [(each.n, each.candidate) for each in found.moves] == [(10, 0.5), (10, 0.5)]


def test_several_scans_are_one_family() -> None:
    rows = rows_of(60, k=lambda at: "ab"[at % 2])
    one = scan({"accuracy": ACCURACY}, observe([1.0] * 60), observe([0.0] * 8 + [1.0] * 52), categories(rows))
    assert one is not None
    alone, both = adjusted([one])[0], adjusted([one, one, one])
    assert [each.q for each in both[2].moves] == pytest.approx([each.q for each in alone.moves])
    quiet = scan({"accuracy": ACCURACY}, observe([1.0] * 60), observe([1.0] * 60), categories(rows))
    assert quiet is not None
    assert adjusted([one, quiet])[0].moves[0].q > alone.moves[0].q
