"""SPICE over captions, its categories, and the metrics that stand beside it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.task import Task
from evalkit.metrics.captions.spice import Spice, SpiceColor, SpiceObject
from evalkit.metrics.open import open_metric
from evalkit.runner.task_scorers import scoring_of
from tests.java_programs import need_spice
from tests.unit.metrics.caption_rows import captions
from tests.unit.metrics.scenes.test_parser import ready

# "red dog" proposes an attribute, one word an object.
SCENES = """
def answer(line):
    texts = json.loads(line)
    return json.dumps([
        [[word] for word in text.split()[-1:]] + ([text.split()[::-1]] if len(text.split()) == 2 else [])
        for text in texts
    ])
for line in sys.stdin: print(answer(line), flush=True)
"""
ROWS = [("1", "red dog", ["red dog", "cat"]), ("2", "dog", ["dog"]), ("3", "", ["red dog"])]


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A parser that stands in for Java; what it was started for stands in the file."""
    return ready(tmp_path, monkeypatch, SCENES)


def test_spice_is_the_mean_of_the_captions_f_scores(scenes: Path) -> None:
    table = Spice().table(captions(ROWS))
    # dog, dog-red of dog, dog-red, cat; dog of dog; nothing of dog, dog-red.
    assert table.rows.ravel().tolist() == [pytest.approx(0.8), 1.0, 0.0]
    assert Spice().aggregate(table.rows)[0] == pytest.approx(0.6)


def test_a_category_is_the_mean_over_captions_whose_references_have_it(scenes: Path) -> None:
    data = captions(ROWS)
    colors = SpiceColor().table(data).rows
    assert colors.tolist() == [[1.0, 1.0], [0.0, 0.0], [0.0, 1.0]]
    assert SpiceColor().aggregate(colors)[0] == 0.5
    assert SpiceColor().aggregate(colors, np.array([[0.0, 5.0, 0.0], [3.0, 0.0, 1.0]]))[1] == 0.75
    assert math.isnan(SpiceColor().aggregate(colors, np.array([[0.0, 5.0, 0.0]]))[0])
    assert SpiceObject().aggregate(SpiceObject().table(data).rows)[0] == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_all_categories_need_one_parse(scenes: Path) -> None:
    data = captions(ROWS)
    for name in ("spice", *Spice.companions):
        open_metric(MetricSpec(name)).table(data)
    assert scenes.read_text() == "x"


def test_a_category_that_no_reference_has_is_an_error_and_not_zero(scenes: Path) -> None:
    found = estimate(SpiceColor(), "spice_color", captions([("1", "dog", ["dog"])]))
    assert found.value is None
    assert "not defined" in str(found.error)


def test_a_caption_that_cannot_be_parsed_harms_no_other(scenes: Path) -> None:
    found = estimate(
        Spice(), "spice", captions([*ROWS, ("4", "w " * 200, ["dog"]), ("5", "dog", ["w " * 200])])
    )
    assert (found.n, found.n_failed, found.value) == (3, 2, pytest.approx(0.6))
    assert found.first_failure == "sample '4': a text of 200 words is longer than max_words, 150"


def test_a_task_that_names_spice_gets_its_categories_with_its_parameters() -> None:
    task = Task(task="t", samples=[{"input": "a", "target": "b"}], metrics=[{"spice": {"heap_mb": 5000}}])
    scoring = scoring_of(task, [])
    labels = [label for label in scoring.metrics if label.startswith("spice")]
    assert labels == [f"{name}(heap_mb=5000)" for name in ("spice", *Spice.companions)]
    assert scoring.metrics["spice_size(heap_mb=5000)"].heap_mb == 5000  # type: ignore[attr-defined]


def test_real_captions_get_the_scores_that_the_jar_gives() -> None:
    need_spice()
    data = captions(
        [
            ("1", "two red cars parked next to a building", ["a red car next to a big building", "two cars"]),
            ("2", "a man riding a horse on the beach", ["a person rides a horse", "a man on a horse"]),
        ]
    )
    values = {
        name: open_metric(MetricSpec(name)).table(data).rows[:, 0].tolist()
        for name in ("spice", *Spice.companions)
    }
    # From a run of spice-1.0.jar itself, with -subset, on Java 17.
    assert values == {
        "spice": [0.7272727272727272, 0.4000000000000001],
        "spice_object": [1.0, 0.5714285714285715],
        "spice_relation": [0.0, 0.0],
        "spice_attribute": [0.8, 0.0],
        "spice_color": [1.0, 0.0],
        "spice_cardinality": [1.0, 0.0],
        "spice_size": [0.0, 0.0],
    }
