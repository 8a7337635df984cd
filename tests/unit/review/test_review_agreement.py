"""Agreement that is shown while people review, against scikit-learn and krippendorff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import krippendorff
import pytest
from sklearn.metrics import cohen_kappa_score

from evalkit.review.question import question_of
from tests.unit.review.desks import Served, add_answers, begin, numbered, served

ANNA = ["1", "2", "3", "4", "5", "4", "2", "1", "3", "skip"]
BEN = ["1", "3", "3", "5", "5", "4", "1", "2", "3", "3"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agreed") / "results.duckdb"
    add_answers(path, "run-a", numbered(len(ANNA)))
    return path


@pytest.fixture(scope="module")
def rated(path: Path) -> Iterator[Served]:
    with served(path, begin(path, question_of("rubric"))) as found:
        yield found


def say(found: Served, reviewer: str, labels: Sequence[str]) -> None:
    its = found.reviewer(reviewer)
    items = sorted(its.items(), key=lambda each: str(each["sample_id"]))
    for item, label in zip(items, labels, strict=False):
        assert its.say(item["item_id"], label).status == 201


def shown(found: Served) -> Any:
    return found.reviewer("anna").get("/api/agreement").json


def test_nothing_is_said_of_agreement_before_two_labelled_the_same(rated: Served) -> None:
    assert shown(rated) == {"n_items": 0, "alpha": None, "pairs": []}


def test_kappa_and_alpha_of_a_rubric_are_those_of_the_libraries(rated: Served) -> None:
    say(rated, "anna", ANNA)
    say(rated, "ben", BEN)
    met = [(int(a), int(b)) for a, b in zip(ANNA, BEN, strict=True) if "skip" not in (a, b)]
    a, b = zip(*met, strict=True)
    found = shown(rated)
    (pair,) = found["pairs"]
    assert (found["n_items"], pair["n"]) == (9, 9)
    assert pair["agreement"] == pytest.approx(sum(one == other for one, other in met) / 9)
    kappa = cohen_kappa_score(a, b, weights="quadratic", labels=[1, 2, 3, 4, 5])
    assert pair["kappa"]["value"] == pytest.approx(kappa, abs=1e-12)
    alpha = krippendorff.alpha([list(a), list(b)], level_of_measurement="ordinal")
    assert found["alpha"]["value"] == pytest.approx(alpha, abs=1e-12)
    assert found["alpha"]["low"] < found["alpha"]["value"] < found["alpha"]["high"]


def test_one_label_throughout_tells_nothing_of_kappa(path: Path) -> None:
    with served(path, begin(path)) as found:
        say(found, "anna", ["pass"] * 4)
        say(found, "ben", ["pass"] * 4)
        (pair,) = shown(found)["pairs"]
    assert (pair["agreement"], pair["kappa"]["value"]) == (1.0, None)
