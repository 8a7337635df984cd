"""Requests that go by batch are asked once, whoever dies when, and answered or failed one by one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evalkit.pricing.book import PriceBook
from evalkit.session.batches.desk import SETTLED_S
from evalkit.session.batches.lane import KEPT_S
from tests.batch_server import BatchServer
from tests.unit.session.batches.lanes import (
    Bench,
    DiedError,
    DiesAfter,
    DiesBefore,
    Small,
    failing_for,
    on_bench,
    outcomes,
    requests,
)


def test_answers_come_by_batch_at_half_the_price_and_without_a_latency(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(3))
        assert outcomes(lane, model, requests(3)) == ["WORD 0", "WORD 1", "WORD 2"]
        found = lane.at_hand(model, requests(1)[0])
        assert found is not None
        assert found.is_batched
        assert found.latency_s is None
        # 1,000 tokens at $1 and 100 at $10 for a million each, halved.
        cost_usd, _ = PriceBook().of(model.spec).cost(found, is_batch=bool(found.is_batched))
        assert cost_usd == pytest.approx((1000 * 1 + 100 * 10) / 1e6 / 2)

    on_bench(tmp_path, BatchServer(n_looks=3), do)


def test_who_does_not_wait_leaves_the_answers_to_the_next_session(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        first, later = bench.lane(is_waiting=False), bench.lane(is_waiting=False)
        assert not await first.fetch(bench.model(), requests(3))
        assert first.pending == "1 batch of 3 requests (0 done) under way; collect with the same command"
        model = bench.model()
        assert await later.fetch(model, requests(3))
        assert later.pending is None
        assert outcomes(later, model, requests(3)) == ["WORD 0", "WORD 1", "WORD 2"]
        assert bench.n_asked == 3

    on_bench(tmp_path, BatchServer(n_looks=2), do)


def test_a_batch_that_arrived_before_the_process_died_is_found_again(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        with pytest.raises(DiedError):
            await bench.lane().fetch(bench.model(kind=DiesAfter), requests(3))
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(3))
        assert outcomes(lane, model, requests(3)) == ["WORD 0", "WORD 1", "WORD 2"]
        assert bench.n_asked == 3

    on_bench(tmp_path, BatchServer(), do)


def test_a_batch_that_never_arrived_is_handed_in_once_that_is_sure(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        with pytest.raises(DiedError):
            await bench.lane().fetch(bench.model(kind=DiesBefore), requests(3))
        began_s, lane, model = bench.clock.now_s, bench.lane(), bench.model()
        assert await lane.fetch(model, requests(3))
        assert outcomes(lane, model, requests(3)) == ["WORD 0", "WORD 1", "WORD 2"]
        assert bench.n_asked == 3
        assert bench.clock.now_s >= began_s + SETTLED_S

    on_bench(tmp_path, BatchServer(), do)


def test_a_batch_whose_arrival_the_server_did_not_confirm_is_not_handed_in_again(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(3))
        assert bench.n_asked == 3

    on_bench(tmp_path, BatchServer(on_batch=lambda: 500), do)


def test_a_collecting_that_breaks_goes_on_and_nothing_is_asked_again(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(5))
        assert outcomes(lane, model, requests(5)) == [f"WORD {i}" for i in range(5)]
        assert bench.n_asked == 5

    on_bench(tmp_path, BatchServer(breaks_at=700), do)


def test_two_sessions_at_once_hand_in_one_batch(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lanes, models = [bench.lane(), bench.lane()], [bench.model(), bench.model()]
        fetching = [lane.fetch(model, requests(4)) for lane, model in zip(lanes, models, strict=True)]
        assert await asyncio.gather(*fetching) == [True, True]
        for lane, model in zip(lanes, models, strict=True):
            assert outcomes(lane, model, requests(4)) == [f"WORD {i}" for i in range(4)]
        assert bench.n_asked == 4

    on_bench(tmp_path, BatchServer(n_looks=4), do)


def test_batches_hold_no_more_than_the_vendor_takes(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model(kind=Small)
        assert await lane.fetch(model, requests(5))
        assert outcomes(lane, model, requests(5)) == [f"WORD {i}" for i in range(5)]
        sizes = [batch["request_counts"]["total"] for batch in bench.server.batches.values()]
        assert sizes == [2, 2, 1]

    on_bench(tmp_path, BatchServer(), do)


def test_only_what_is_in_no_batch_yet_is_handed_in(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        assert not await bench.lane(is_waiting=False).fetch(bench.model(), requests(3))
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(5))
        assert outcomes(lane, model, requests(5)) == [f"WORD {i}" for i in range(5)]
        assert set(bench.server.asked.values()) == {1}

    on_bench(tmp_path, BatchServer(n_looks=2), do)


def test_equal_requests_are_one(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, [*requests(2), *requests(2)])
        assert bench.n_asked == 2

    on_bench(tmp_path, BatchServer(), do)


def test_another_models_batch_is_not_this_ones(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        assert not await bench.lane(is_waiting=False).fetch(bench.model("gpt-y"), requests(2))
        assert await bench.lane().fetch(bench.model("gpt-x"), requests(2))
        assert bench.n_asked == 4

    on_bench(tmp_path, BatchServer(n_looks=2), do)


@pytest.mark.parametrize(("is_live", "outcome"), [(False, "!HTTP 400 in the batch: refused"), (True, None)])
def test_an_item_that_failed_is_an_error_or_asked_live(
    tmp_path: Path, is_live: bool, outcome: str | None
) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(is_live=is_live), bench.model()
        assert await lane.fetch(model, requests(3))
        assert outcomes(lane, model, requests(3)) == ["WORD 0", outcome, "WORD 2"]

    on_bench(tmp_path, BatchServer(failing_for("word 1")), do)


@pytest.mark.parametrize("ends", ["expired", "cancelled"])
def test_of_a_batch_that_ended_early_what_was_answered_counts(tmp_path: Path, ends: str) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(3))
        *answered, failed = outcomes(lane, model, requests(3))
        assert answered == ["WORD 0", "WORD 1"]
        assert f"This request {ends}." in str(failed)

    on_bench(tmp_path, BatchServer(ends=ends, n_answered=2), do)


def test_a_batch_that_the_vendor_refuses_fails_with_its_reason(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(2))
        assert outcomes(lane, model, requests(2)) == ["!HTTP 400 from 127.0.0.1: lost"] * 2
        assert bench.folder.read() == []

    on_bench(tmp_path, BatchServer(on_batch=lambda: 400), do)


@pytest.mark.parametrize("is_waiting", [True, False])
def test_a_batch_that_found_the_vendors_queue_full_is_handed_in_again(
    tmp_path: Path, is_waiting: bool
) -> None:
    async def do(bench: Bench) -> None:
        def make_room() -> int:
            if len(bench.server.batches) == 3:
                bench.server.ends, bench.server.errors = "completed", []
            return 200

        bench.server.on_batch = make_room
        for _ in range(1 if is_waiting else 3):
            lane, model = bench.lane(is_waiting=is_waiting), bench.model()
            is_there = await lane.fetch(model, requests(2))
        assert is_there
        assert outcomes(lane, model, requests(2)) == ["WORD 0", "WORD 1"]
        assert [batch["status"] for batch in bench.server.batches.values()] == [
            "failed",
            "failed",
            "completed",
        ]
        assert len(bench.folder.read()) == 1

    full = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
    on_bench(tmp_path, BatchServer(ends="failed", errors=[full]), do)


def test_a_batch_that_this_key_may_not_see_is_kept(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        assert not await bench.lane(is_waiting=False).fetch(bench.model(), requests(2))
        hidden = dict(bench.server.batches)
        bench.server.batches.clear()
        lane, model = bench.lane(), bench.model()
        assert await lane.fetch(model, requests(2))
        assert all(
            "use the key that it was submitted with" in str(e) for e in outcomes(lane, model, requests(2))
        )
        lane.settle()
        bench.server.batches.update(hidden)
        lane = bench.lane()
        assert await lane.fetch(model, requests(2))
        assert outcomes(lane, model, requests(2)) == ["WORD 0", "WORD 1"]
        assert bench.n_asked == 2

    on_bench(tmp_path, BatchServer(n_looks=2), do)


def test_what_is_cached_is_not_handed_in(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        assert model.cache_identity is not None
        (known,) = requests(1)
        bench.cache.put(bench.cache.key(model.cache_identity, known), BenchResponse)
        assert await lane.fetch(model, requests(3))
        assert bench.n_asked == 2

    from evalkit.core.response import Response

    BenchResponse = Response("known")  # noqa: N806
    on_bench(tmp_path, BatchServer(), do)


def test_a_batch_is_forgotten_once_all_of_it_was_kept(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        await bench.lane(is_waiting=False).fetch(bench.model(), requests(3))
        lane, model = bench.lane(), bench.model()
        await lane.fetch(model, requests(2))
        lane.settle()
        assert [len(batch.left) for batch in bench.folder.read()] == [1]
        lane = bench.lane()
        await lane.fetch(model, requests(3))
        lane.settle()
        assert bench.folder.read() == []

    on_bench(tmp_path, BatchServer(n_looks=2), do)


def test_a_batch_whose_answers_the_vendor_no_longer_has_is_forgotten(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        await bench.lane(is_waiting=False).fetch(bench.model(), requests(3))
        bench.clock.now_s += KEPT_S + 1
        bench.lane().settle()
        assert bench.folder.read() == []

    on_bench(tmp_path, BatchServer(n_looks=2), do)


def test_looks_at_the_vendor_become_rarer_up_to_one_a_minute(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        assert await bench.lane().fetch(bench.model(), requests(1))
        waits = bench.clock.waits
        assert waits == sorted(waits)
        assert (waits[0], waits[-1]) == (1.0, 60.0)
        assert len(waits) == 19

    on_bench(tmp_path, BatchServer(n_looks=20), do)


def test_a_vendor_that_is_away_for_long_leaves_the_batch_to_a_later_session(tmp_path: Path) -> None:
    async def do(bench: Bench) -> None:
        lane, model = bench.lane(), bench.model()
        bench.server.look = lambda batch_id: (_ for _ in ()).throw(RuntimeError)  # type: ignore[method-assign]
        assert not await lane.fetch(model, requests(1))
        assert "the vendor cannot be asked (HTTP 500" in str(lane.pending)
        assert bench.n_asked == 1

    on_bench(tmp_path, BatchServer(), do)
