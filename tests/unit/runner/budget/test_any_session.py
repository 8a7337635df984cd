"""Whatever models, tasks and limits a session has: it ends, keeps its budget, and counts what was sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.budget import Amount, BudgetLimits
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, UsageError
from evalkit.models.pacing.throttle import Throttle
from evalkit.runner.ask_order import ask_order
from evalkit.runner.budget.admission import Admission
from evalkit.runner.budget.budget import Budget
from evalkit.runner.runner import Runner
from evalkit.runner.unit import Unit
from tests.unit.runner.test_runner import FAST, Collecting, Echo, make_unit


class Odd(Echo):
    """Fast or slow, and with faults of its own; tells now and then what it took."""

    def __init__(self, rng: random.Random, name: str) -> None:
        super().__init__()
        self.spec = ModelSpec("test", name, {}, f"test/{name}")
        self.default_concurrency = rng.choice([1, 2, 5, 20])
        self.cache_identity = {"model": name} if rng.random() < 0.5 else None
        self.fault = rng.choice(["", "", "", "busy", "cancelling", "absent"])
        self._rng = rng

    async def start(self) -> None:
        if self.fault == "absent":
            raise UsageError("it is not there")

    async def respond(self, request: Request) -> Response:
        self.n_calls += 1
        await asyncio.sleep(self._rng.choice([0, 0.0005, 0.002]))
        chance = self._rng.random()
        if self.fault == "busy" and chance < 0.2:
            raise ModelError("busy", kind="busy", is_retryable=True)
        if self.fault == "cancelling" and chance < 0.1:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        if chance < 0.5:
            return Response("x")
        return Response(
            "x", prompt_tokens=self._rng.randrange(10), completion_tokens=self._rng.randrange(200)
        )


class AtRandom:
    """A Stopper that ends units by the way."""

    def __init__(self, rng: random.Random, units: Sequence[Unit]) -> None:
        self._rng = rng
        self._units = units

    def after_sample(self, unit: Unit, sample_index: int) -> list[Unit]:
        startable = [each for each in self._units if getattr(each.model, "fault", "") != "absent"]
        return [each for each in startable if self._rng.random() < 0.004]


def some_units(rng: random.Random, models: Sequence[Odd]) -> Iterator[Unit]:
    """Some subjects of some tasks, now and then over a part of the samples."""
    for task in range(rng.choice([1, 2, 4])):
        n, n_repeats = rng.choice([1, 5, 30, 60]), rng.choice([1, 1, 2, 3])
        for model in models:
            for prompt in rng.choice([["{{ input }}"], ["a {{ input }}", "b {{ input }}"]]):
                unit = make_unit(model, n, n_repeats, f"t{task}", prompt)
                unit.evaluation_id = f"{task}-{model.spec.name}-{prompt}"
                if rng.random() < 0.3:
                    unit.samples = unit.samples[: max(1, n // 2)]
                    unit.__post_init__()
                unit.order = ask_order(len(unit.samples), "", "budget")
                yield unit


@pytest.mark.parametrize("seed", range(24))
def test_a_session_ends_within_its_budget(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Throttle, "speed", 1000.0)  # of the pace that rejections teach
    rng = random.Random(seed)
    models = [Odd(rng, f"m{number}") for number in range(rng.choice([1, 2, 3]))]
    units = [unit for unit in some_units(rng, models) if rng.random() < 0.85] or [make_unit(models[0])]
    for unit in units if rng.random() < 0.4 else ():
        alike = [each for each in units if each.prepared.task.task == unit.prepared.task.task]
        unit.partners = [
            each for each in alike if each is not unit and len(each.samples) == len(unit.samples)
        ]
    n_total = sum(unit.n_total for unit in units)
    limits = BudgetLimits(
        None, rng.randrange(1, n_total + 5), rng.choice([None, rng.randrange(1, n_total * 300)])
    )
    cache, sink = ResponseCache.open(tmp_path), Collecting(len(units))
    budget = Budget(limits)
    runner = Runner(cache, policy=FAST, admitting=Admission(budget, cache))
    runner.start(units, sink, AtRandom(rng, units) if rng.random() < 0.4 else None)
    assert sink.done.wait(120)
    runner.stop()
    spent = budget.record.spent
    assert spent.n_requests == sum(model.n_calls for model in models)
    assert limits.first_passed(spent) is None
    with budget._ledger.opened() as account:
        assert account.reserved == Amount()
