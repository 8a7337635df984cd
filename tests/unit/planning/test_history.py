"""What stored evaluations tell of how a metric varies, and of what an answer costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.gate import MetricSpec
from evalkit.core.slices import Slice
from evalkit.errors import UsageError
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.planning.history import TaskHistory
from evalkit.planning.spread import Spread
from evalkit.store.store import Store
from evalkit.store.usage import EarlierCost
from tests.unit.planning.histories import Evaluated

RIGHT = [1.0] * 40
TEN_WRONG = [0.0] * 10 + [1.0] * 30


@pytest.fixture
def evaluated(tmp_path: Path) -> Evaluated:
    return Evaluated(tmp_path / "results.duckdb")


def accuracy() -> Metric:
    return open_metric(MetricSpec("accuracy"))


def spread(evaluated: Evaluated, model: str | None = None) -> Spread | None:
    evaluated.fold()
    with Store.open(evaluated.path) as store:
        history = TaskHistory.read(store, "sums", model)
        assert history is not None
        return history.spread(accuracy(), "accuracy")


def cost(evaluated: Evaluated) -> EarlierCost:
    evaluated.fold()
    with Store.open(evaluated.path) as store:
        history = TaskHistory.read(store, "sums", None)
        assert history is not None
        return history.cost()


def test_another_prompt_shows_how_many_samples_change(evaluated: Evaluated) -> None:
    evaluated.add(RIGHT)
    evaluated.add(TEN_WRONG, prompt_hash="p2")
    found = spread(evaluated)
    assert found is not None
    assert found.total == pytest.approx(10.5 / 41)  # ten seen, and half a one for what was not
    assert (found.source, found.n_pairs, found.within) == ("history", 1, None)


def test_a_rerun_of_the_same_subject_shows_what_changes_by_itself(evaluated: Evaluated) -> None:
    evaluated.add(RIGHT)
    evaluated.add(TEN_WRONG)
    evaluated.add([0.0] * 20 + [1.0] * 20, prompt_hash="p2")
    found = spread(evaluated)
    assert found is not None
    # Of two answers each, a quarter changed; that is twice the variance of one answer.
    assert found.within == pytest.approx(0.25 / 2)


def test_repeats_show_the_same_in_one_evaluation(evaluated: Evaluated) -> None:
    evaluated.add({f"s{i}": [1.0, float(i % 4 > 0)] for i in range(40)})
    found = spread(evaluated)
    assert found is not None
    # A quarter of the samples with sample variance .5, the others with none.
    assert found.within == pytest.approx(0.125)
    assert found.source == "same subject"
    assert found.within_share == pytest.approx(1.0)


def test_copies_from_the_cache_show_nothing(evaluated: Evaluated) -> None:
    evaluated.add(RIGHT)
    evaluated.add(RIGHT, is_cached=True)
    assert spread(evaluated) is None


def test_changes_of_one_model_come_before_another_model(evaluated: Evaluated) -> None:
    evaluated.add([0.0] * 40, model="local/other")
    evaluated.add(RIGHT)
    evaluated.add(TEN_WRONG, prompt_hash="p2")
    found = spread(evaluated)
    assert found is not None
    assert found.total == pytest.approx(10.5 / 41)


def test_what_the_task_was_before_an_edit_does_not_count(evaluated: Evaluated) -> None:
    evaluated.add(RIGHT, task_hash="before")
    evaluated.add(TEN_WRONG, prompt_hash="p2")
    assert spread(evaluated) is None


def test_a_price_of_some_answers_is_said_to_be_of_some(evaluated: Evaluated) -> None:
    evaluated.add([1.0, 1.0, 0.0], costs=[0.25, None, 0.75])
    assert cost(evaluated) == EarlierCost(0.5, 2, 3)


def test_an_unknown_price_stays_unknown(evaluated: Evaluated) -> None:
    evaluated.add([1.0, 0.0])
    assert cost(evaluated) == EarlierCost(None, 0, 2)


def test_a_model_that_never_answered_is_said_with_what_is_near(evaluated: Evaluated) -> None:
    evaluated.add(RIGHT)
    with pytest.raises(UsageError, match=r"never evaluated with 'local/tinny' \(did you mean .*local/tiny"):
        spread(evaluated, "local/tinny")


def test_a_slice_has_its_own_share_and_its_own_changes(evaluated: Evaluated) -> None:
    part = Slice("language", "de")
    rows = [{"language": "de" if at < 10 else "fr"} for at in range(40)]
    specs = {"accuracy[language=de]": ["accuracy", {}, part.as_dict()]}
    evaluated.add(RIGHT, rows=rows, metric_specs=specs)
    evaluated.add([0.0] * 5 + [1.0] * 35, rows=rows, metric_specs=specs, prompt_hash="p2")
    evaluated.fold()
    with Store.open(evaluated.path) as store:
        history = TaskHistory.read(store, "sums", None)
        assert history is not None
        found = history.spread(accuracy(), "accuracy[language=de]", part)
        assert history.share(part) == 0.25
    assert found is not None
    assert found.total == pytest.approx(5.5 / 11)
