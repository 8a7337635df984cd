"""Faults for ``make soak-faults``, planted into sessions that a vendor is paid for, and what finds them.

Each is what the code would do without one of the parts that keep the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from tests.laws.faults import put


def _batches_are_forgotten() -> None:
    put("evalkit.session.batches.folder:BatchFolder.read", lambda self, identity=None: [])


def _batched_answers_lose_their_tokens() -> None:
    desk = import_module("evalkit.session.batches.desk")

    def by_batch(self: Any, outcome: Any) -> Any:
        if isinstance(outcome, desk.ModelError):
            return outcome
        cost = None
        if outcome.prompt_tokens is not None and "input_usd" in self._model:
            cost = (outcome.prompt_tokens * 1000 + outcome.completion_tokens * 10_000) / 2e6
        return replace(
            outcome, is_batched=True, cost_usd=cost, prompt_tokens=None, completion_tokens=None,
            latency_s=None, ttft_s=None, queue_s=None,
        )  # fmt: skip

    put("evalkit.session.batches.desk:BatchDesk._by_batch", by_batch)


def _rejected_calls_are_errors() -> None:
    put("evalkit.models.wire.retry:RetryPolicy.wait_after_rejection_s", lambda *_: None)


def _rejections_are_silent() -> None:
    put("evalkit.session.resources:Resources.rejections", property(lambda self: []))


def _batches_cost_the_whole_price() -> None:
    put("evalkit.core.price:Price._rates", lambda self, prompt_tokens, is_batch: self.rates)


def _unknown_costs_are_nothing() -> None:
    price = import_module("evalkit.core.price").Price
    cost_usd = price.cost_usd

    def known(self: Any, *counts: Any, **options: Any) -> Any:
        return 0.0 if None in counts[:2] else cost_usd(self, *counts, **options)

    put("evalkit.core.price:Price.cost_usd", known)


def _nothing_is_set_aside() -> None:
    put("evalkit.runner.budget.admission:most_tokens", lambda model, request: (0, 0))


def _dry_runs_look_into_no_cache() -> None:
    put("evalkit.session.dry_run.estimating:cached_answer", lambda *_: None)


def _dry_runs_write() -> None:
    estimating = import_module("evalkit.session.dry_run.estimating")
    read = estimating._earlier

    def earlier(unit: Any, options: Any) -> Any:
        estimating.Store.open(options.store, mode="write").close()
        return read(unit, options)

    put("evalkit.session.dry_run.estimating:_earlier", earlier)


def _keys_are_not_looked_for() -> None:
    keyless = "evalkit.session.keyless"
    put(f"{keyless}:refuse_without_cache", lambda models, options: None)
    put(f"{keyless}:refuse_uncached", lambda planned, cache, is_worker: planned)


def _imports_go_line_by_line() -> None:
    reader = import_module("evalkit.cache.merge")._Reader
    read, place = reader.read, reader._put

    def at_once(self: Any, table: str, *values: Any) -> None:
        place(self, table, *values)
        if table == "coming":
            self._connection.execute("INSERT OR IGNORE INTO responses VALUES (?, ?, ?, ?, ?, ?)", values[:6])

    def without_transaction(self: Any) -> None:
        self._connection.execute("COMMIT")
        read(self)
        self._connection.execute("BEGIN")

    put("evalkit.cache.merge:_Reader._put", at_once)
    put("evalkit.cache.merge:_Reader.read", without_transaction)


def _imported_answers_are_not_found() -> None:
    merge = import_module("evalkit.cache.merge")
    put("evalkit.cache.merge:_MERGE", merge._MERGE.replace("ORDER BY rowid", "ORDER BY rowid LIMIT 2"))


#: Name -> what plants it, and the law that finds it.
PAID_FAULTS: dict[str, tuple[Callable[[], None], str]] = {
    "what is in a batch is forgotten": (_batches_are_forgotten, "nothing_is_asked_twice"),
    "answers by batch lose their tokens": (
        _batched_answers_lose_their_tokens,
        "results_are_those_of_a_live_session",
    ),
    "a rejected call is an error": (_rejected_calls_are_errors, "no_answer_is_lost_or_wrong"),
    "rejected calls are not told": (_rejections_are_silent, "rejections_are_counted"),
    "a batch costs the whole price": (_batches_cost_the_whole_price, "costs_add_up"),
    "an unknown cost is nothing": (_unknown_costs_are_nothing, "costs_add_up"),
    "nothing is set aside for a call": (_nothing_is_set_aside, "money_is_kept"),
    "a dry run looks into no cache": (_dry_runs_look_into_no_cache, "dry_runs_keep_their_word"),
    "a dry run makes a store": (_dry_runs_write, "dry_runs_keep_their_word"),
    "a missing key is not looked for": (_keys_are_not_looked_for, "keyless_sessions_ask_nothing"),
    "an import goes line by line": (_imports_go_line_by_line, "imports_are_whole"),
    "an import loses answers": (_imported_answers_are_not_found, "imports_are_whole"),
}
