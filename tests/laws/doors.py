"""Laws on what a session says: status, terminal, JUnit, store, report, comment, ``compare`` say the same."""

from __future__ import annotations

import json
import re
from collections import Counter

from tests.laws.processes import Ended
from tests.laws.seen import REPORT, SUMMARY, Seen, Stored, in_markdown, in_report, plain

__all__ = [
    "comment_agrees",
    "compare_agrees",
    "doors_agree",
    "numbers_say_what_they_are_of",
    "pages_agree",
    "something_is_said",
    "status_agrees",
]

_FAILING = ("fail", "error")
_ENDINGS = {"length": "cut at max_tokens", "content_filter": "filtered"}


def something_is_said(seen: Seen, stored: Stored) -> None:
    """A session that was left alone judged what it selected and names its run, or says why it did not."""
    if seen.cut is not None:
        return
    status, text = seen.ended.status, seen.ended.text
    assert status in (0, 1, 4, 5), f"status {status}\n{text[-3000:]}"
    if status in (0, 1):
        assert seen.run_id is not None, f"status {status} and no run\n{text[-3000:]}"
        assert stored.run(seen.run_id) is not None, f"{seen.run_id} is not in the store"
        return
    assert not [case for case in seen.cases if case.verdict], f"status {status} beside verdicts"
    assert not seen.answered, f"status {status} after {len(seen.answered)} answers"
    reason = r"^ERROR: |^E? *evalkit: |\berror" if status == 4 else r"\bdeselected\b|no tests|\[0 items\]"
    assert re.search(reason, text, re.MULTILINE), text[-3000:]


def doors_agree(seen: Seen, stored: Stored) -> None:
    """Status, summary, JUnit and store say the same of every verdict."""
    if seen.run_id is None or seen.ended.status not in (0, 1):
        return
    verdicts = stored.verdicts(seen.run_id)
    lines = re.findall(
        r"^  (\S) (pass|fail|undecided|recorded|dropped|error) ", seen.ended.text, re.MULTILINE
    )
    words = Counter(word for _, word in lines)
    kept = Counter(v["word"] for v in verdicts)
    assert words == kept, f"summary {words}, store {kept}\n{seen.ended.text[-3000:]}"
    if any(v["verdict"] in _FAILING for v in verdicts):
        assert seen.ended.status == 1, f"status 0 beside {kept}"
        assert any(c.outcome == "failed" for c in seen.cases), "no item failed"
    gates = Counter((v["gate"], v["word"]) for v in verdicts if v["gate"] != "asserts")
    names = {gate for gate, _ in gates}
    junit = Counter((c.item, c.verdict) for c in seen.cases if c.item in names)
    # Items that were never run say nothing.
    assert seen.cut is not None or junit == gates, f"store {gates}, junit {junit}"
    if seen.cut is None:
        ends = re.findall(r"^.*\b\d+ \w+.* in \d+\.\d+s.*$", seen.ended.text, re.MULTILINE)
        counted = re.search(r"\b(\d+) recorded\b", ends[-1] if ends else "")
        n_recorded = sum(c.verdict == "recorded" for c in seen.cases)
        assert int(counted[1] if counted else 0) == n_recorded, f"{n_recorded} recorded: {ends[-1:]}"


def status_agrees(seen: Seen, stored: Stored) -> None:
    """A session without pytest ends with 1 just where a verdict fails or results are missing; with 4 nothing
    was asked."""
    status = seen.ended.status
    assert status in (0, 1, 4), f"status {status}\n{seen.ended.text[-3000:]}"
    if status == 4:
        assert not seen.answered, f"status 4 after {len(seen.answered)} answers"
    elif seen.run_id is not None:
        is_bad = any(v["verdict"] in _FAILING for v in stored.verdicts(seen.run_id)) or seen.says_lost
        assert (status == 1) == is_bad, f"status {status}\n{seen.ended.text[-3000:]}"


def pages_agree(seen: Seen, stored: Stored) -> None:
    """The HTML report, the summary of the step and the annotations say of each gate what the store says."""
    if "--llm-ci=github" not in seen.arguments or seen.run_id is None:
        return
    verdicts = stored.verdicts(seen.run_id)
    kept = Counter((v["gate"], v["word"]) for v in verdicts)
    report = in_report(seen.folder)
    assert report == kept, f"report {report}, store {kept}"
    text = (seen.folder / SUMMARY).read_text(encoding="utf-8")
    summary = in_markdown(text)
    assert summary == kept, f"summary of the step {summary}, store {kept}"
    failing = [case for case in seen.cases if case.verdict in _FAILING]
    told = re.findall(r"^::error .*title=evalkit (fail|error)", seen.ended.text, re.MULTILINE)
    if len(failing) <= 10:
        assert Counter(told) == Counter(case.verdict for case in failing), f"annotations {told}, {failing}"


def comment_agrees(text: str, stored: Stored, run_id: str) -> None:
    """So does the comment of the pull request."""
    kept = Counter((v["gate"], v["word"]) for v in stored.verdicts(run_id))
    assert in_markdown(text) == kept, f"comment {in_markdown(text)}, store {kept}"


def numbers_say_what_they_are_of(seen: Seen, stored: Stored) -> None:
    """Answers that did not end by themselves are counted, and a sum of known costs says of how many it is."""
    if seen.run_id is None:
        return
    doors = [] if seen.told_run_id is None else [seen.ended.text]
    if "--llm-ci=github" in seen.arguments:
        doors += [plain((seen.folder / SUMMARY).read_text(encoding="utf-8"))]
        doors += [(seen.folder / REPORT).read_text(encoding="utf-8")]
    for counts in stored.endings(seen.run_id):
        said = [f"{counts[reason]:,} {words}" for reason, words in _ENDINGS.items() if counts[reason]]
        if 0 < counts["n_priced"] < counts["n_answered"]:
            said.append(f"of {counts['n_priced']:,} of {counts['n_answered']:,} responses")
        for text in doors:
            lacking = [each for each in said if each not in text]
            assert not lacking, f"{lacking} is not said in {text[-3000:]}"


def compare_agrees(compared: Ended, stored: Stored, base_id: str, run_id: str) -> None:
    """What ``evalkit compare BASE RUN --json`` says of a gate is what its session said, baseline and all."""
    if compared.status == 4:  # nothing to compare, and it says so
        return
    found = json.loads(compared.text[compared.text.index("{") :])
    said = {(each["task"], each["gate"]): each["verdict"] for each in found["comparisons"] if each["is_gate"]}
    for verdict in stored.verdicts(run_id):
        word = said.get((verdict["task"], verdict["gate"]))
        if word is not None and verdict["baseline_run_id"] == base_id:
            assert word == verdict["verdict"], f"{verdict['gate']}: {word} by compare, {verdict['verdict']}"
