"""Laws of sessions that ask a vendor who takes money: each raises AssertionError with what it saw."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.laws.paid.vendor import BATCH_SHARE, Truth, Vendor, truth
from tests.laws.processes import Ended
from tests.laws.seen import REPORT, Seen, Stored

__all__ = [
    "costs_add_up",
    "dry_runs_keep_their_word",
    "imports_are_whole",
    "keyless_sessions_ask_nothing",
    "money_is_kept",
    "no_answer_is_lost_or_wrong",
    "nothing_is_asked_twice",
    "rejections_are_counted",
    "results_are_those_of_a_live_session",
]

#: Task and sample to what is asked.
Prompts = Mapping[tuple[str, str], str]
#: Three significant digits, or cents.
_ROUNDING = 0.0051


@dataclass(frozen=True)
class DryRun:
    """What a dry run printed, calls and answers that are there, and how many calls it made."""

    n_calls: int
    n_cached: int
    n_made: int


def no_answer_is_lost_or_wrong(stored: Stored, run_id: str, prompts: Prompts, n_due: int | None) -> None:
    """Every sample that was asked has what the vendor says to it, by batch, out of a file or live, however
    often it was rejected; an error is only what the vendor refused.

    Args:
        n_due: samples of each task that were selected; None where asking may end early.
    """
    for evaluation in stored.evaluations(run_id):
        where = f"{run_id} {evaluation['task']}"
        rows = stored.responses(evaluation["evaluation_id"])
        n_asked, n_left_out = evaluation["n_samples"], evaluation["n_left_out"] or 0
        assert len({r["sample_id"] for r in rows}) == n_asked, f"{where}: {len(rows)} rows, {n_asked} asked"
        assert n_due in (None, n_asked + n_left_out), (
            f"{where}: {n_asked} asked, {n_left_out} left of {n_due}"
        )
        for row in rows:
            said = _truth(prompts, evaluation, row)
            if said.status != 200:
                assert row["error"] is not None, f"{where}: {row['sample_id']} was refused, and is none"
                continue
            assert row["error"] is None, f"{where}: {row['sample_id']}: {row['error']}"
            assert row["output"] == said.output, f"{where}: {row['output']!r}, not {said.output!r}"
            assert row["value"] == float(said.output != "?"), f"{where}: {row['output']!r} is {row['value']}"


def nothing_is_asked_twice(vendor: Vendor, n_repeats: int) -> None:
    """What the vendor answered is not asked again, by batch or live, in any later session, nor after a kill
    of one that asks by batch."""
    for body, n in vendor.asked.items():
        prompt = str(json.loads(body)["messages"][-1]["content"])
        assert n <= n_repeats or truth(prompt).status != 200, (
            f"{prompt!r} was asked {n} times, {n_repeats} due"
        )


def results_are_those_of_a_live_session(stored: Stored, run_id: str, live: Stored, live_run_id: str) -> None:
    """A session by batch, killed or not, ends with the outputs, numbers and verdicts of a live one."""
    ours, theirs = _results(stored, run_id), _results(live, live_run_id)
    assert ours == theirs, f"by batch {ours}, live {theirs}"


def rejections_are_counted(seen: Seen, stored: Stored, run_id: str, n_rejected: int) -> None:
    """Calls that a limit rejected are told in the summary, and stand with the answers that came then."""
    found = re.findall(r"rejected ([\d,]+) of [\d,]+ calls", seen.ended.text)
    told = sum(int(each.replace(",", "")) for each in found)
    assert told == n_rejected, f"{n_rejected} calls were rejected, {told} are told\n{seen.ended.text[-2000:]}"
    rows = [row for e in stored.evaluations(run_id) for row in stored.responses(e["evaluation_id"])]
    kept = sum(row["throttled"] or 0 for row in rows if not row["is_cached"])
    assert kept == n_rejected, f"{n_rejected} calls were rejected, {kept} stand in the store"


def costs_add_up(seen: Seen, stored: Stored, run_id: str, prompts: Prompts, *, is_priced: bool) -> None:
    """Each answer costs its tokens at the price of the way that it came; store, summary and report have the
    sum of these; what nobody said stays unknown."""
    for evaluation in stored.evaluations(run_id):
        costs: list[float] = []
        for row in stored.responses(evaluation["evaluation_id"]):
            said = _truth(prompts, evaluation, row)
            due = said.cost_usd(BATCH_SHARE if row["is_batched"] else 1.0)
            if not is_priced or not said.is_told or said.status != 200:
                assert row["cost_usd"] is None, f"{row['sample_id']} costs {row['cost_usd']}, nobody said it"
                continue
            assert row["cost_usd"] is not None, f"the cost of {row['sample_id']} is lost"
            assert math.isclose(row["cost_usd"], due), f"{row['sample_id']}: {row['cost_usd']}, not {due}"
            costs.append(due)
        found = stored.rows(
            "SELECT value FROM metrics WHERE metric = 'cost_usd' AND evaluation_id = ?",
            evaluation["evaluation_id"],
        )
        kept = [row["value"] for row in found if row["value"] is not None]
        assert bool(kept) == bool(costs) or not found, f"cost_usd is {kept}, {len(costs)} are known"
        assert all(math.isclose(each, math.fsum(costs)) for each in kept), f"{kept}, not {math.fsum(costs)}"
        if costs:
            _is_told(seen, math.fsum(costs))


def money_is_kept(vendor: Vendor, limit_usd: float) -> None:
    """The vendor is not owed more than the budget in dollars, whatever its answers say of what they took."""
    assert vendor.billed_usd <= limit_usd + 1e-9, f"${vendor.billed_usd:.4f} spent, ${limit_usd:.4f} allowed"


def dry_runs_keep_their_word(
    dry: DryRun, before: Mapping[str, bytes], after: Mapping[str, bytes], n_asked: int, n_cached: int
) -> None:
    """A dry run asks nothing and changes no file; the same session then asks as often as it said, and finds
    as much as it said.

    Args:
        before, after: the project's files around it.
        n_asked, n_cached: of the session.
    """
    assert dry.n_made == 0, f"a dry run made {dry.n_made} calls"
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not changed, f"a dry run changed {changed}"
    assert (dry.n_calls, dry.n_cached) == (n_asked, n_cached), f"{dry}, but {n_asked} and {n_cached}"


def keyless_sessions_ask_nothing(seen: Seen, vendor: Vendor, n_lacking: int) -> None:
    """Without a key a session lives on the cache, or ends with one clear error before the first call."""
    text, status = seen.ended.text, seen.ended.status
    assert vendor.n_calls == 0, f"{vendor.n_calls} calls without a key"
    told = re.findall(r"needs a key and \w+ is not set", text)
    if n_lacking:
        assert status == 4, f"status {status}, {n_lacking} answers are not there\n{text[-2000:]}"
        assert len(told) == 1, f"told {len(told)} times\n{text[-2000:]}"
    else:
        assert status in (0, 1), f"status {status} though all answers are there\n{text[-2000:]}"
        assert not told, text[-2000:]


def imports_are_whole(ended: Ended, n_before: int, n_after: int, n_all: int) -> None:
    """An import that was killed leaves the cache with all of the file's answers or none; one that ended, with
    all."""
    whole = {n_all} if ended.status == 0 else {n_before, n_all}
    assert n_after in whole, f"{n_before} answers before, {n_after} after, {n_all} with the file"


def _is_told(seen: Seen, cost_usd: float) -> None:
    doors = [] if seen.told_run_id is None else [seen.ended.text]
    if f"report={REPORT}" in " ".join(seen.arguments):
        doors.append((seen.folder / REPORT).read_text(encoding="utf-8"))
    for text in doors:
        told = [float(each.replace(",", "")) for each in re.findall(r"\$([\d,]+(?:\.\d+)?)", text)]
        is_there = any(
            abs(each - cost_usd) <= _ROUNDING * max(cost_usd, 1.0 if cost_usd >= 0.995 else 0.0)
            for each in told
        )
        assert is_there, f"${cost_usd} is not told in {text[-2000:]}"


def _truth(prompts: Prompts, evaluation: Mapping[str, Any], row: Mapping[str, Any]) -> Truth:
    return truth(prompts[evaluation["task"], row["sample_id"]])


def _results(stored: Stored, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in stored.evaluations(run_id):
        rows = stored.responses(each["evaluation_id"])
        numbers = stored.rows(
            """SELECT metric, value, n, n_failed FROM metrics WHERE evaluation_id = ?
               AND metric IN ('accuracy', 'error_rate', 'prompt_tokens', 'completion_tokens')""",
            each["evaluation_id"],
        )
        found[each["task"]] = {
            "outputs": sorted((r["sample_id"], r["repeat"], r["output"] or "") for r in rows),
            "metrics": sorted(tuple(row.values()) for row in numbers),
        }
    verdicts = Counter((v["task"], v["gate"], v["word"]) for v in stored.verdicts(run_id))
    return {**found, "verdicts": verdicts}
