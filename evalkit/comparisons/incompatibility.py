"""What keeps two evaluations apart, in words: the hashes say that they differ, this says in what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.columns import column_of
from evalkit.core.judge_signature import asks_judge, parameters_of
from evalkit.core.observations import Observations
from evalkit.core.text import plural

#: Samples that are named of each kind.
_SHOWN = 3
_SIGNATURE_CHARS = 160


def samples_apart(baseline: Observations, candidate: Observations) -> str:
    """Samples that were added, are gone, or expect something else; empty where that cannot be told."""
    old, new = _targets(baseline), _targets(candidate)
    kinds = (
        ("added", [name for name in new if name not in old]),
        ("gone", [name for name in old if name not in new]),
        ("with another target", [name for name in new if name in old and old[name] != new[name]]),
    )
    said = [f"{plural(len(names), 'sample')} {kind} ({names_text(names)})" for kind, names in kinds if names]
    return ", ".join(said)


def scorers_apart(baseline: Observations, candidate: Observations) -> str:
    """Scorers that were added, are gone or score otherwise; empty where all are the same."""
    old, new = baseline.scorer_signatures, candidate.scorer_signatures
    said = [_scorer_apart(name, old[name], new[name]) for name in _changed(old, new)]
    said += [f"scorer {name} added" for name in new if name not in old]
    said += [f"scorer {name} gone" for name in old if name not in new]
    return ", ".join(said)


def _scorer_apart(name: str, old: str, new: str) -> str:
    change = judge_change(old, new)
    return f"scorer {name}: {change}" if change else f"scorer {name} was {_cut(old)}, is {_cut(new)}"


def judge_change(old: str, new: str) -> str:
    """What of a judge changed between two signatures of its scorer: ``the judge changed from A to B``; empty
    where the scorer asks none."""
    before, after = parameters_of(old), parameters_of(new)
    if not (asks_judge(old) and asks_judge(new)):
        return ""
    found = [(key, before.get(key, "none"), after.get(key, "none")) for key in {**before, **after}]
    return ", ".join(
        f"{_WORDS.get(key, key)} changed from {_cut(was)} to {_cut(now)}"
        for key, was, now in found
        if was != now
    )


_WORDS = {"model": "the judge", "prompt": "the judge's prompt", "rubric": "the rubric"}


def judges_apart(scorer: str, baseline: Observations, candidate: Observations) -> str:
    """The first judge of a scorer that reports another revision on one side than on the other, a sentence;
    empty where none does, or nobody knows."""
    old, new = (_judge_revisions(side, scorer) for side in (baseline, candidate))
    for judge in new:
        if old.get(judge) and new[judge] and old[judge] != new[judge]:
            was, now = (" and ".join(sorted(each)) for each in (old[judge], new[judge]))
            return (
                f"Not comparable, the judge {judge} was revision {was} in the baseline, and is {now} now: a "
                "difference may be the judge's. Judge the baseline's answers again with the judge of now: "
                "evalkit judge rejudge RUN --judge SPEC."
            )
    return ""


def _judge_revisions(side: Observations, scorer: str) -> dict[str, set[str]]:
    """Judge to the revisions that it reported; judged again later does not count."""
    found: dict[str, set[str]] = {}
    for judgements in column_of(side.scores.get(scorer, ()), "judgements"):
        for each in judgements or ():
            if not each.is_rejudged:
                known = found.setdefault(each.judge, set())
                known |= {each.judge_revision} if each.judge_revision else set()
    return found


def _targets(side: Observations) -> dict[str, Any]:
    return dict(zip(side.sample_ids, side.targets, strict=True))


def names_text(names: Sequence[str]) -> str:
    """The first of them, and that there are more."""
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [name for name in new if name in old and old[name] != new[name]]


def _cut(text: str) -> str:
    return text if len(text) <= _SIGNATURE_CHARS else text[: _SIGNATURE_CHARS - 1] + "…"
