"""Laws of sessions with several candidates: each raises AssertionError with what it saw."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.laws.candidates.project import PLAIN, CandidateProject
from tests.laws.processes import Ended
from tests.laws.seen import Stored

__all__ = [
    "answers_are_those_of_their_subject",
    "bridges_are_kept",
    "commands_write_nothing",
    "draws_ask_what_they_say",
    "dropped_subjects_decide_nothing",
    "refusals_ask_nothing",
    "slices_hold_their_own_rows",
    "small_slices_decide_nothing",
    "the_best_stays",
    "tournaments_share_their_samples",
    "versions_stay_what_they_were",
]

#: Rows of a table.
Rows = Sequence[Mapping[str, Any]]
_SLICE = re.compile(r"\[language=(\w+)\]$")
#: Below this p-value a slice's gate can decide at the level of one gate.
_ALPHA = 0.05


def answers_are_those_of_their_subject(
    stored: Stored, run_id: str, project: CandidateProject, words: Mapping[str, str]
) -> None:
    """Each row has what its own candidate says behind its own prompt, right or not, and an error only where
    it raised.

    Args:
        words: name of a prompt, with its version as typed, to its first word.
    """
    for evaluation in _evaluations(stored, run_id):
        name = evaluation["model"].rpartition(":")[2]
        word = words.get(evaluation["prompt"], PLAIN)
        for row in stored.responses(evaluation["evaluation_id"]):
            said = project.truth(name, word, int(row["sample_id"][1:]))
            where = f"{run_id} {evaluation['task']} {name} {word} {row['sample_id']}"
            assert (row["error"] is None) == (said is not None), f"{where}: {row['error']}, due {said}"
            assert row["output"] == said, f"{where}: {row['output']!r}, not {said!r}"


def slices_hold_their_own_rows(stored: Stored, run_id: str, project: CandidateProject) -> None:
    """The number of a slice is that of its own rows, all of them and no other."""
    for evaluation in _evaluations(stored, run_id):
        rows = stored.responses(evaluation["evaluation_id"])
        for metric in stored.rows(
            "SELECT metric, value, n, n_failed FROM metrics WHERE evaluation_id = ?",
            evaluation["evaluation_id"],
        ):
            found = _SLICE.search(metric["metric"])
            if found is None:
                continue
            own = [r for r in rows if project.languages[int(r["sample_id"][1:])] == found[1]]
            values = [r["value"] for r in own if r["value"] is not None]
            where = f"{run_id} {metric['metric']}"
            assert metric["n"] == len(values), f"{where}: n {metric['n']}, {len(values)} rows"
            assert (metric["n_failed"] or 0) == len(own) - len(values), where
            if values:
                mean = sum(values) / len(values)
                assert abs(metric["value"] - mean) < 1e-9, f"{where}: {metric['value']}, rows say {mean}"


def small_slices_decide_nothing(stored: Stored, run_id: str, project: CandidateProject) -> None:
    """A slice of so few samples that no test could fail neither passes nor fails, and is marked unseen."""
    n_of = Counter(project.languages.values())
    for verdict in stored.verdicts(run_id):
        found = _SLICE.search(verdict["gate"])
        if found is None or verdict["baseline_run_id"] is None or verdict["is_dropped"]:
            continue
        if 2.0 ** -n_of[found[1]] > _ALPHA:
            assert verdict["verdict"] in ("undecided", "error"), f"{verdict['gate']}: {verdict['verdict']}"
            assert verdict["is_unseen"] or verdict["verdict"] == "error", f"{verdict['gate']} is not unseen"
        if verdict["is_unseen"]:
            assert verdict["verdict"] == "undecided", f"{verdict['gate']}: unseen, {verdict['verdict']}"


def dropped_subjects_decide_nothing(stored: Stored, run_id: str) -> None:
    """What a tournament put out neither passes nor fails, and its run is not a whole one."""
    is_dropped = {
        e["evaluation_id"]: json.loads(e["tournament"])["standing"] == "dropped"
        for e in stored.evaluations(run_id)
        if e["tournament"] is not None
    }
    run = stored.run(run_id)
    assert run is not None
    assert run["is_partial"] or not any(is_dropped.values()), f"{run_id} dropped subjects and is whole"
    for verdict in stored.verdicts(run_id):
        if is_dropped.get(verdict["evaluation_id"]):
            assert verdict["verdict"] in ("undecided", "error"), f"{verdict['gate']}: {verdict['verdict']}"
        else:
            assert not verdict["is_dropped"], f"{verdict['gate']} is dropped and its subject is not"


def tournaments_share_their_samples(stored: Stored, run_id: str) -> None:
    """Who is put out was asked of samples that all who stayed were asked too, and these were asked all, but
    where a winner needed no more."""
    for task, sides in _tournaments(stored, run_id).items():
        asked = {e["evaluation_id"]: _asked(stored, e) for e, _ in sides}
        staying = [e for e, standing in sides if standing["standing"] not in ("dropped", "error")]
        for evaluation, standing in sides:
            own = asked[evaluation["evaluation_id"]]
            assert len(own) == evaluation["n_samples"], f"{task}: {len(own)} of {evaluation['n_samples']}"
            if standing["standing"] == "dropped":
                assert standing["n_samples"] <= len(own), f"{task}: dropped after more than were asked"
        if len(staying) > 1:
            for each in staying:
                n = len(asked[each["evaluation_id"]])
                assert n == each["n_available"], (
                    f"{task}: {n} of {each['n_available']} asked of one that stays"
                )


def the_best_stays(stored: Stored, run_id: str, project: CandidateProject) -> None:
    """Whoever is right on every row is never beaten; where one is alone in that, nobody else wins."""
    for task, sides in _tournaments(stored, run_id).items():
        for evaluation, standing in sides:
            name = evaluation["model"].rpartition(":")[2]
            is_flawless = all(project.truth(name, PLAIN, n) == f"WORD {n}" for n in project.languages)
            assert not is_flawless or standing["standing"] in ("winner", "tied"), (
                f"{task}: {name} is always right, and {standing['standing']}"
            )


def draws_ask_what_they_say(stored: Stored, run_id: str, n_drawn: int, n_answered: int, n_rows: int) -> None:
    """A draw asks as many samples as it was told, no more, and its run is not a whole one."""
    run = stored.run(run_id)
    assert run is not None
    n_due = min(n_drawn, n_rows)
    for evaluation in stored.evaluations(run_id):
        asked = _asked(stored, evaluation)
        assert len(asked) == n_due, f"{len(asked)} samples asked, {n_due} drawn of {n_rows}"
    assert n_answered <= n_due, f"{n_answered} calls for {n_due} samples"
    assert run["is_partial"] or n_due == n_rows, f"{run_id} asked {n_due} of {n_rows} and is whole"


def refusals_ask_nothing(ended: Ended, n_answered: int) -> None:
    """A session that is refused says why in one line, before the first call."""
    assert ended.status == 4, f"status {ended.status}\n{ended.text[-2000:]}"
    assert not n_answered, f"refused after {n_answered} calls"
    lines = [line for line in ended.text.splitlines() if re.match(r"(ERROR: |evalkit: )", line)]
    assert lines, ended.text[-2000:]


def versions_stay_what_they_were(texts: Sequence[str], versions: Sequence[str]) -> None:
    """The k-th version of a prompt is the k-th text that its file had, whatever came after.

    Args:
        texts: what ``evalkit prompts show`` printed of each version, in their order.
    """
    assert [each.rstrip("\n") for each in texts] == [each.rstrip("\n") for each in versions], (
        f"shown {list(texts)}, committed {list(versions)}"
    )


def commands_write_nothing(what: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """Commands that read leave every file as it was."""
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not changed, f"evalkit {what} changed {changed}"


def bridges_are_kept(ended: Ended, before: Rows, after: Rows) -> None:
    """What was measured is stored, within its interval; what was refused is not, and the reason is told."""
    new = [row for row in after if row not in before]
    if ended.status != 0:
        assert not new, f"refused with status {ended.status}, and {len(new)} are stored"
        assert ended.text.strip(), "refused without a word"
        return
    assert new, f"told and not stored\n{ended.text[-2000:]}"
    for row in new:
        assert -1 <= row["low"] <= row["difference"] <= row["high"] <= 1, f"{row}"


def _evaluations(stored: Stored, run_id: str) -> list[dict[str, Any]]:
    return stored.rows(
        """SELECT e.*, s.model, s.prompt FROM evaluations e JOIN subjects s USING (subject_id)
           WHERE run_id = ? ORDER BY evaluation_id""",
        run_id,
    )


def _tournaments(stored: Stored, run_id: str) -> dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]:
    """Task to its evaluations and their standings."""
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for evaluation in _evaluations(stored, run_id):
        if evaluation["tournament"] is not None:
            found.setdefault(evaluation["task"], []).append(
                (evaluation, json.loads(evaluation["tournament"]))
            )
    return found


def _asked(stored: Stored, evaluation: Mapping[str, Any]) -> set[str]:
    return {row["sample_id"] for row in stored.responses(evaluation["evaluation_id"])}
