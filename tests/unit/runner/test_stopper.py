"""Units that stop before everything was asked, and units that are kept side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.runner.runner import Runner
from evalkit.runner.unit import Unit
from tests.unit.runner.test_runner import FAST, Collecting, Echo, make_unit

N = 200


class StopAfter:
    """A Stopper that ends its units when ``n`` samples of the first came."""

    def __init__(self, n: int, *units: Unit) -> None:
        self._n = n
        self._units = units
        self.n_seen = 0

    def after_sample(self, unit: Unit, sample_index: int) -> Sequence[Unit]:
        self.n_seen += unit is self._units[0]
        return self._units if self.n_seen >= self._n else ()


def run(units: Sequence[Unit], stopper: StopAfter, tmp_path: Path, n_concurrent: int = 4) -> Collecting:
    sink = Collecting(len(units))
    runner = Runner(ResponseCache.open(tmp_path, "off"), policy=FAST, n_concurrent=n_concurrent)
    runner.start(units, sink, stopper)
    assert sink.done.wait(300)
    assert runner.progress.n_total == runner.progress.n_done
    runner.stop()
    return sink


def test_a_stopped_unit_gets_what_is_in_flight_and_nothing_else(tmp_path: Path) -> None:
    model = Echo()
    unit = make_unit(model, n=N)
    run([unit], StopAfter(30, unit), tmp_path)
    assert 30 <= model.n_calls <= 33
    assert unit.n_done == unit.n_issued == model.n_calls
    assert unit.is_done
    assert unit.is_cut
    assert unit.is_partial


def test_it_is_asked_in_its_order(tmp_path: Path) -> None:
    unit = make_unit(Echo(), n=N, n_repeats=2)
    unit.order = list(reversed(range(N)))
    run([unit], StopAfter(10, unit), tmp_path, n_concurrent=1)
    assert unit.observations().sample_ids == [str(i) for i in range(N - 10, N) for _ in range(2)]


def test_one_sample_is_seen_alone(tmp_path: Path) -> None:
    unit = make_unit(Echo(), n=5, n_repeats=2)
    run([unit], StopAfter(99, unit), tmp_path)
    assert unit.observations(3).sample_ids == ["3", "3"]
    assert unit.observations(3).scores["exact_match"] == unit.observations().scores["exact_match"][6:8]


def test_stopping_what_was_asked_to_the_end_changes_nothing(tmp_path: Path) -> None:
    unit = make_unit(Echo(), n=20)
    sink = run([unit], StopAfter(20, unit), tmp_path)
    assert len(sink.responses) == 20
    assert not unit.is_cut
    assert not unit.is_partial


def test_other_units_of_the_model_go_on(tmp_path: Path) -> None:
    model = Echo()
    one, two = make_unit(model, n=N, name="a"), make_unit(model, n=50, name="b")
    run([one, two], StopAfter(5, one), tmp_path)
    assert one.n_done < 20
    assert two.n_done == 50


def test_a_quick_model_waits_for_the_slow_one_that_it_is_compared_with(tmp_path: Path) -> None:
    class Slow(Echo):
        async def respond(self, request: Request) -> Response:
            await asyncio.sleep(0.01)
            return await super().respond(request)

    quick, slow = make_unit(Echo(), n=N), make_unit(Slow(), n=N)
    quick.partners.append(slow)
    slow.partners.append(quick)
    run([quick, slow], StopAfter(60, slow, quick), tmp_path)
    assert abs(quick.n_issued - slow.n_issued) <= 8


def test_models_that_wait_for_each_other_meet_the_tasks_in_one_order(tmp_path: Path) -> None:
    one, two = Echo(), Echo()
    units = {(name, model): make_unit(model, n=80, name=name) for name in "ab" for model in (one, two)}
    for name in "ab":
        pair = units[name, one], units[name, two]
        pair[0].partners.append(pair[1])
        pair[1].partners.append(pair[0])
    order = [units["a", one], units["b", two], units["b", one], units["a", two]]
    sink = run(order, StopAfter(999, order[0]), tmp_path)
    assert len(sink.responses) == 320
