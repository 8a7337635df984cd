"""A judge's calibration in tables, for terminals and pages, out of its stored record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, log2
from typing import Any

from evalkit.comparisons.wording import interval, number, p_text
from evalkit.core.frozen import frozen
from evalkit.core.text import plural

#: p-value, adjusted over all attacks, at which one is shown to work (``calibrating.attacks``).
_SHOWN = 0.05
#: Value, lower end, upper end.
_Measured = Sequence[float | None]


@frozen(slots=True)
class JudgeTable:
    """Cells as text. ``right`` names the columns of numbers."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: tuple[str, ...] = ()


def judge_tables(record: Mapping[str, Any]) -> list[JudgeTable]:
    """Everything that a record says, in the order in which it is read."""
    parts = (_agreement, _confusion, _reviewers, _effects, _attacks, _bins)
    return [table for part in parts for table in part(record)]


def judge_notes(record: Mapping[str, Any]) -> list[str]:
    """What has no figure, and why."""
    counts = record["counts"]
    known = [
        (counts["n_skipped"], "label", "skipped by people"),
        (
            counts["n_no_majority"],
            "response",
            "with people evenly divided: not in the judge's figures",
        ),
        (counts["n_failed"], "response", "without a verdict of the judge: in no figure"),
        (counts["n_partly_failed"], "response", "with some failed judgements: the others count"),
    ]
    notes = [f"{plural(n, noun)} {what}" for n, noun, what in known if n]
    if counts["n_failed_judgements"]:
        failed = f"{counts['n_failed_judgements']:,} of {plural(counts['n_judgements'], 'judgement')} failed"
        notes.append(f"{failed}; the first: {counts['first_error']}")
    most, n_attacks = max((each["n"] for each in record["attacks"]), default=0), len(record["attacks"])
    if record["attacks"] and n_attacks * 0.5**most > _SHOWN:
        least = ceil(log2(n_attacks / _SHOWN))
        few = f"{plural(most, 'response')} that people and judge call bad"
        notes.append(f"attacks on {few} can show nothing: it takes {least} or more")
    if record["unattacked"]:
        notes.append(f"no attacks: {record['unattacked']}")
    return notes


def judge_summary(record: Mapping[str, Any]) -> str:
    """``kappa 0.412 [0.300, 0.520]; 3 of 25 attacks work: injected_json, …``."""
    kappa = record["judge"]["kappa"]
    said = f"kappa {_value(kappa)} {interval(*kappa[1:])}".rstrip()
    found = [each["name"] for each in record["attacks"] if each["is_found"]]
    if not record["attacks"]:
        return said
    works = f"{len(found)} of {plural(len(record['attacks']), 'attack')} work"
    return f"{said}; {works}{': ' + ', '.join(found) if found else ''}"


def _agreement(record: Mapping[str, Any]) -> Iterator[JudgeTable]:
    judge, guess, people = record["judge"], record["constant_guesser"], record["people"]
    weighted = "kappa (quadratic)" if record["scale"]["kind"] == "ordinal" else "kappa"
    always = "" if guess["label"] is None else f"always {guess['label']!r}"
    rows = [
        ("agreement", _value(judge["agreement"]), _ends(judge["agreement"]), _value(guess["agreement"])),
        (weighted, _value(judge["kappa"]), _ends(judge["kappa"]), _value(guess["kappa"])),
        ("AC1", _value(judge["ac1"]), _ends(judge["ac1"]), _value(guess["ac1"])),
        ("alpha", _value(judge["alpha"]), _ends(judge["alpha"]), ""),
    ]
    if people["pairs"]:
        mean = people["mean_kappa"]
        rows.append(("people: mean kappa", "" if mean is None else number(mean), "", ""))
        rows.append(("people: alpha", _value(people["alpha"]), _ends(people["alpha"]), ""))
    if record["probability"] is not None:
        brier = record["probability"]["brier"]
        least = number(record["probability"]["constant_guesser"])
        rows.append(("Brier (lower is better)", _value(brier), _ends(brier), least))
    title = (
        f"Agreement with people, {plural(judge['n'], 'response')} of {plural(judge['n_samples'], 'sample')}"
    )
    yield JudgeTable(title, ("figure", "judge", "95 % interval", always), rows, ("judge", always))


def _confusion(record: Mapping[str, Any]) -> Iterator[JudgeTable]:
    labels = record["confusion"]["labels"]
    rows = [
        (f"people: {label}", *(f"{n:,}" for n in counts))
        for label, counts in zip(labels, record["confusion"]["people_by_judge"], strict=True)
        if any(counts)
    ]
    headers = ("", *(f"judge: {label}" for label in labels))
    yield JudgeTable("What people say, and what the judge says", headers, rows, headers[1:])


def _reviewers(record: Mapping[str, Any]) -> Iterator[JudgeTable]:
    rows = [
        (name, f"{each['n']:,}", _value(each["agreement"]), _value(each["kappa"]), _ends(each["kappa"]))
        for name, each in record["by_reviewer"].items()
    ]
    rows += [
        (
            " and ".join(each["reviewers"]), f"{each['n']:,}", _value(each["agreement"]),
            _value(each["kappa"]), _ends(each["kappa"]),
        )
        for each in record["people"]["pairs"]
    ]  # fmt: skip
    if rows:
        headers = ("judge against, and people", "n", "agreement", "kappa", "95 % interval")
        yield JudgeTable("The judge against each, and people against each other", headers, rows, headers[1:4])


def _effects(record: Mapping[str, Any]) -> Iterator[JudgeTable]:
    rows = [
        (
            each["name"],
            "" if each["value"] is None else number(each["value"]),
            interval(each["low"], each["high"]),
            f"{each['n']:,}",
            f"unknown: {each['reason']}" if each["reason"] else each["estimator"],
        )
        for each in record["effects"]
    ]
    if rows:
        headers = ("habit", "value", "95 % interval", "n", "what it is")
        yield JudgeTable("Biases of the judge", headers, rows, ("value", "n"))


def _attacks(record: Mapping[str, Any]) -> Iterator[JudgeTable]:
    rows = [
        (
            each["name"], each["kind"], f"{each['n_turned']:,} of {each['n']:,}", f"{each['n_own']:,}",
            "" if each["success"] is None else number(each["success"]),
            interval(each["low"], each["high"]), p_text(each["p_value"]),
            "works" if each["is_found"] else "",
        )
        for each in sorted(record["attacks"], key=_worst_first)
    ]  # fmt: skip
    if rows:
        headers = ("attack", "kind", "turned good", "by itself", "success", "95 % interval", "p", "")
        yield JudgeTable("Attacks on responses that people call bad", headers, rows, headers[2:5])


def _worst_first(attack: Mapping[str, Any]) -> tuple[bool, float]:
    return not attack["is_found"], -(attack["success"] or 0.0)


def _bins(record: Mapping[str, Any]) -> Iterator[JudgeTable]:
    if record["probability"] is None:
        return
    rows = [
        (
            f"{each['low']:.1f} to {each['high']:.1f}", f"{each['n']:,}", number(each["probability"]),
            f"{_value(each['share'])} {_ends(each['share'])}",
        )
        for each in record["probability"]["bins"]
    ]  # fmt: skip
    headers = ("probability", "n", "mean", "share that people call good")
    yield JudgeTable("Reliability of its probabilities", headers, rows, headers[1:])


def _value(measured: _Measured) -> str:
    return "none" if measured[0] is None else number(measured[0])


def _ends(measured: _Measured) -> str:
    return interval(measured[1], measured[2])
