"""Laws of the page of laws as functions, those on verdicts, rows and borders: each raises AssertionError with
what it saw. ``tests.laws.doors`` holds those on what a session says.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from tests.laws.processes import PATIENCE_S, Ended
from tests.laws.project import CANARY
from tests.laws.seen import COMMENT, REPORT, STORE, SUMMARY, Seen, Stored

__all__ = [
    "baselines_are_sound",
    "budgets_are_kept",
    "every_session_ends",
    "later_commands_work",
    "no_run_vanishes",
    "no_secret",
    "no_traceback",
    "no_unearned_fail",
    "no_unearned_pass",
    "nothing_lost",
    "nothing_outside",
    "nothing_raw",
    "one_outcome_each",
    "whole_runs_are_whole",
]

#: What a terminal shows as it is: everything below a space but line ends and tabs, and the C1 controls.
_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: What lies in a project after any session: its own files, and what options name.
EXPECTED = frozenset(
    (
        "suites", "app.py", "conftest.py", "test_plain.py", "pytest.ini", "controls.json", "kinds.json",
        "answered.jsonl", "junit.xml", "output.txt", ".evalkit", "__pycache__", "evil.jsonl", "evil.jsonl.gz",
        "recorded.jsonl", "old.txt", "new.txt", "main.jsonl", REPORT, SUMMARY, COMMENT,
    )
)  # fmt: skip
_FAILING = ("fail", "error")
_MAX_ERROR_RATE = 0.01


def every_session_ends(seen: Seen) -> None:
    """Within a bounded time after its last answer."""
    assert seen.ended.status is not None, f"still running after {PATIENCE_S:g} s:\n{seen.ended.text[-2000:]}"


def no_traceback(seen: Seen) -> None:
    """Nothing that a model, a dataset or a task file provides ends in a traceback or an internal error."""
    if seen.cut in ("break", "kill", "ctrl-c twice"):
        return
    for sign in ("Traceback (most recent call last)", "INTERNALERROR"):
        assert sign not in seen.ended.text, seen.ended.text[-3000:]


def nothing_raw(seen: Seen) -> None:
    """No control character of an answer or a name reaches the terminal."""
    found = _RAW.search(seen.ended.text)
    assert found is None, f"{found!r} in {seen.ended.text[max(0, found.start() - 200) : found.end() + 50]!r}"


def no_secret(folder: Path, stored: Stored) -> None:
    """The key of the environment stands in no file that evalkit wrote, nor packed in the store."""
    for path in folder.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), f"the key is in {path.relative_to(folder)}"
    if stored.is_there:
        kept = stored.rows("SELECT error FROM responses WHERE contains(error, ?) LIMIT 1", CANARY)
        assert not kept, f"the key is in the store: {kept}"


def nothing_outside(folder: Path, before: frozenset[str], expected: frozenset[str] | None = EXPECTED) -> None:
    """No file was made beside the project, or where no option and no test put one in it (``expected``; None
    where anything may be in it)."""
    after = frozenset(entry.name for entry in folder.parent.iterdir())
    assert after == before, f"made outside: {sorted(after - before)}"
    strange = set() if expected is None else {entry.name for entry in folder.iterdir()} - expected
    assert not strange, f"made where nobody asked for it: {sorted(strange)}"


def one_outcome_each(seen: Seen) -> None:
    """No item has two, none is skipped, and in a session that was left alone each selected one has one."""
    names = Counter(case.name for case in seen.cases)
    assert not [name for name, n in names.items() if n > 1], names
    skipped = [case.name for case in seen.cases if case.outcome == "skipped"]
    assert not skipped, f"nobody asked to skip or expect a failure of {skipped}"
    if seen.cut is None and seen.ended.status in (0, 1):
        found = re.search(r"collected (\d+) items?(?: / (\d+) deselected)?", seen.ended.text)
        if found:
            assert len(seen.cases) == int(found[1]) - int(found[2] or 0), seen.ended.text[-2000:]


def nothing_lost(seen: Seen, stored: Stored) -> None:
    """Every answer that came is in the store, or the session says that something is missing and fails."""
    if seen.cut is not None:  # what was in flight when the session ended may be gone
        return
    found = stored.rows(
        """SELECT sample_id FROM responses JOIN evaluations USING (evaluation_id)
           WHERE run_id = ? AND NOT coalesce(is_cached, false)""",
        seen.run_id,
    )
    missing = Counter(seen.answered) - Counter(row["sample_id"] for row in found)
    assert not missing or (seen.says_lost and seen.ended.status != 0), (
        f"lost {missing}\n{seen.ended.text[-2000:]}"
    )


def no_run_vanishes(seen: Seen, stored: Stored, before: AbstractSet[str]) -> None:
    """Runs that were in the store before are in it after, or the session says so and does not end green."""
    gone = before - stored.run_ids
    assert not gone or seen.cut == "delete store", f"gone from the store: {gone}"
    if gone and seen.run_id is not None:
        assert seen.ended.status != 0, (
            f"status 0 although {len(gone)} runs are gone\n{seen.ended.text[-2000:]}"
        )
        assert "the store was deleted or replaced" in seen.ended.text, seen.ended.text[-2000:]


def whole_runs_are_whole(stored: Stored, sizes: Mapping[str, Mapping[str, int]]) -> None:
    """A run that is not partial has an answer to every sample of each of its evaluations, and a verdict."""
    for run in stored.rows("SELECT * FROM runs WHERE status = 'finished' AND NOT is_partial"):
        for evaluation in stored.evaluations(run["run_id"]):
            where = f"{run['run_id']} {evaluation['task']}"
            assert evaluation["status"] == "finished", where
            found = {r["sample_id"] for r in stored.responses(evaluation["evaluation_id"])}
            assert len(found) == evaluation["n_samples"], (
                f"{where}: {len(found)} of {evaluation['n_samples']}"
            )
            size = sizes.get(run["run_id"], {}).get(evaluation["task"])
            assert size is None or len(found) == size, f"{where}: {len(found)} of {size} in the dataset"


def baselines_are_sound(stored: Stored, sizes: Mapping[str, Mapping[str, int]]) -> None:
    """What a baseline points at is whole, has few errors, nothing that failed, and fell by no margin."""
    for name, run_id in stored.baselines().items():
        run = stored.run(run_id)
        assert run is not None, f"{name} points at {run_id}, which is gone"
        assert run["status"] == "finished", f"{name}: {run['status']}"
        assert not run["is_partial"], f"{name} is partial"
        verdicts = stored.verdicts(run_id)
        assert not [v for v in verdicts if v["verdict"] in _FAILING], name
        fell = [v for v in verdicts if v["verdict"] == "undecided" and _fell(v)]
        assert not fell, f"{name} fell: {fell}"
        for evaluation in stored.evaluations(run_id):
            responses = stored.responses(evaluation["evaluation_id"])
            n_failed = sum(r["error"] is not None or r["score_error"] is not None for r in responses)
            assert n_failed <= _MAX_ERROR_RATE * len(responses), (
                f"{name}: {n_failed} of {len(responses)} failed"
            )
            size = sizes.get(run_id, {}).get(evaluation["task"])
            assert size is None or len({r["sample_id"] for r in responses}) == size, name


def no_unearned_pass(stored: Stored, run_id: str, margin: float) -> None:
    """A regression gate passes only over two whole sides that were compared, most samples paired, no drop
    beyond the margin."""
    evaluations = {e["evaluation_id"]: e for e in stored.rows("SELECT * FROM evaluations")}
    models = stored.models()
    for verdict in stored.verdicts(run_id):
        if verdict["word"] not in ("pass", "recorded"):
            continue
        responses = stored.responses(verdict["evaluation_id"])
        n_failed = sum(r["error"] is not None or r["score_error"] is not None for r in responses)
        asked = evaluations[verdict["evaluation_id"]]["n_samples"]
        if verdict["gate"] != "asserts":
            assert n_failed <= _MAX_ERROR_RATE * max(asked, 1), (
                f"{verdict['gate']}: {n_failed} of {asked} failed"
            )
            assert len(responses) >= asked, f"{verdict['gate']}: {len(responses)} of {asked} answered"
        if verdict["word"] == "recorded" or not verdict["gate"].startswith("regression"):
            continue
        other = verdict["baseline_evaluation_id"]
        assert other is not None, f"{verdict['gate']} passed, compared with nothing"
        base = stored.responses(other)
        assert len(base) >= evaluations[other]["n_samples"], "passed against half a baseline"
        _no_drop([*base, *_pooled(stored, evaluations, verdict)], responses, margin)
        if models[other].startswith("replay:") and models[verdict["evaluation_id"]].startswith("replay:"):
            assert _answers(base) != _answers(responses), (
                f"{verdict['gate']}: a recording passed against itself"
            )


def budgets_are_kept(seen: Seen, stored: Stored, run_id: str) -> None:
    """No more is asked than a budget allows; what it left out passes nothing, and leaves the Subjects of a
    task the same samples."""
    limits = [int(word.rpartition("=")[2]) for word in seen.arguments if "max-requests=" in word]
    # Given twice, the last counts, as of every option.
    assert not limits or len(seen.answered) <= limits[-1], f"{len(seen.answered)} calls, {limits[-1]} allowed"
    cut = {e["evaluation_id"]: e for e in stored.evaluations(run_id) if e["n_left_out"]}
    run = stored.run(run_id)
    assert run is not None
    assert run["is_partial"] or not cut, f"{run_id} left samples out and is not partial"
    for verdict in stored.verdicts(run_id):
        if verdict["evaluation_id"] in cut and verdict["gate"] != "asserts":
            assert verdict["word"] != "pass", f"{verdict['gate']} passed over what a budget left"
            is_compared = verdict["gate"].startswith("regression")
            assert verdict["verdict"] != "fail" or is_compared, f"{verdict['gate']} failed over a part"
    answered: dict[str, set[frozenset[str]]] = {}
    for each in cut.values():
        ids = frozenset(row["sample_id"] for row in stored.responses(each["evaluation_id"]))
        answered.setdefault(each["task"], set()).add(ids)
    assert all(len(sides) == 1 for sides in answered.values()), f"a budget left no pairs: {answered}"


def no_unearned_fail(stored: Stored, run_id: str, margin: float) -> None:
    """A regression gate fails only where the drop that was seen reaches the margin and is shown to be one."""
    for verdict in stored.verdicts(run_id):
        if verdict["verdict"] == "fail" and verdict["gate"].startswith("regression"):
            found = json.loads(verdict["comparison"])
            assert found["difference"] <= -margin + 1e-9, (
                f"failed at a difference of {found['difference']:.3f}"
            )
            assert found["high"] < 0, "failed although the interval reaches above zero"
            assert verdict["p_value"] <= 0.05, f"failed at p = {verdict['p_value']:.3f}"


def _fell(verdict: Mapping[str, Any]) -> bool:
    """Whether a drop of the gate's margin or more was seen."""
    gates = json.loads(verdict["gates"] or '{"gates": []}')["gates"]
    regressions = [each for each in gates if "margin" in each]
    margins = [r["margin"] for r in regressions if verdict["gate"] == f"regression({r['metric'][0]})"]
    drop = -json.loads(verdict["comparison"] or '{"difference": 0}')["difference"]
    return bool(margins) and drop > 0 and drop >= margins[0] - 1e-9


def _answers(responses: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Any]:
    return {(r["sample_id"], r["repeat"]): r["output"] for r in responses}


def _no_drop(
    base: Sequence[Mapping[str, Any]], candidate: Sequence[Mapping[str, Any]], margin: float
) -> None:
    before, after = map(_means, (base, candidate))
    common = before.keys() & after.keys()
    assert len(common) >= 0.5 * max(len(before), len(after)), f"{len(common)} of {len(after)} paired"
    drop = sum(before[key] - after[key] for key in common) / len(common)
    assert drop <= margin + 1e-9, f"passed although accuracy fell by {drop:.3f} over {len(common)} samples"


def _pooled(
    stored: Stored, evaluations: Mapping[str, Mapping[str, Any]], verdict: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the runs behind a pooled baseline's latest answered to the same."""
    runs = json.loads(verdict["comparison"] or "{}").get("pooled_with") or ()
    latest = evaluations[verdict["baseline_evaluation_id"]]
    alike = [e for e in evaluations.values() if e["run_id"] in runs
             and all(e[key] == latest[key] for key in ("task", "subject_id"))]  # fmt: skip
    assert len(alike) == len(runs), f"pooled with {runs}, of which {len(alike)} are there"
    return [row for each in alike for row in stored.responses(each["evaluation_id"])]


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Mean value of each sample over what was answered to it."""
    values: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["value"] is not None:
            values.setdefault((row["sample_id"], _asked(row["sample_hash"])), []).append(row["value"])
    return {key: sum(each) / len(each) for key, each in values.items()}


def _asked(content: str | None) -> str:
    """What a sample asks and expects. Fields of the row that one side alone reads keep no samples apart: an
    application gets the whole row, a recording none of it."""
    return " ".join(part for part in (content or "").split(" ") if not part.startswith("row"))


def later_commands_work(ended: Ended, folder: Path) -> None:
    """``evalkit runs --json`` after whatever came before: status 0 and JSON where there is a store."""
    assert ended.status is not None, "still running"
    assert "Traceback" not in ended.text, ended.text[-2000:]
    if (folder / STORE).exists():
        assert ended.status == 0, ended.text
        json.loads(ended.text[ended.text.index("[") :])
