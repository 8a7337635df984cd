"""What is asked of a judge: every labelled response in some rounds, and bad ones with probes in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from evalkit.calibrating.attacks import Attack, Pair, attacks_of
from evalkit.calibrating.figures import Figures, criteria_of, figures_of
from evalkit.calibrating.labelled import Labelled, Labels, Opinion
from evalkit.calibrating.probes.probe import Probe
from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.core.judgement import Judgement

#: Judges responses in so many rounds, in order: what a session does for a task's scorer.
Ask = Callable[[Sequence[Labelled], int], Sequence[Opinion]]

#: Which bad responses are attacked, where there are more than are asked for.
_SEED = 0


def measure(
    ask: Ask,
    standard: Standard,
    labels: Labels,
    n_rounds: int,
    probes: Sequence[Probe],
    n_attacked: int,
    *,
    is_fickle: bool = True,
) -> list[Figures]:
    """The figures of the judge's value, then those of each criterion that people labelled.

    Args:
        n_attacked: bad responses that every probe is tried on, at most.
        is_fickle: whether the judge may say another thing when it is asked again, so that it is.
    """
    scale = standard.main
    opinions = ask(labels.responses, n_rounds)
    first = figures_of(scale, labels, opinions)
    if probes and n_attacked:
        bad = bad_responses(scale, labels, n_attacked)
        attacks = attack(ask, scale, bad, probes, is_fickle=is_fickle) if bad else []
        why = "" if bad else "people call no response bad"
        first = replace(first, attacks=attacks, unattacked=why)
    else:
        first = replace(first, unattacked="none were asked for")
    others = [figures_of(standard.criteria[name], labels, opinions, name) for name in criteria_of(labels)]
    return [first, *others]


def bad_responses(scale: Scale, labels: Labels, most: int) -> list[Labelled]:
    """Those that most people call bad, ``most`` of them drawn at random, always the same ones."""
    bad = [each for each in labels.responses if _is_bad(scale, each)]
    return bad if len(bad) <= most else random.Random(_SEED).sample(bad, most)


def attack(
    ask: Ask, scale: Scale, bad: Sequence[Labelled], probes: Sequence[Probe], *, is_fickle: bool = True
) -> list[Attack]:
    """Each probe on each bad response that the judge calls bad too."""
    opinions = ask(bad, 2 if is_fickle else 1)
    twice = [(each, *_two_rounds(opinion, scale)) for each, opinion in zip(bad, opinions, strict=True)]
    targets = [(each, again) for each, first, again in twice if first is False]
    good = scale.names[-1]
    probed = [
        replace(each, output=probe.applied(each.output, good)) for probe in probes for each, _ in targets
    ]
    verdicts = iter([_is_good(opinion.value, scale) for opinion in ask(probed, 1)] if probed else ())
    results: list[tuple[Probe, list[Pair]]] = [
        (probe, [(again, next(verdicts)) for _, again in targets]) for probe in probes
    ]
    return attacks_of(results)


def _is_bad(scale: Scale, response: Labelled) -> bool:
    label = scale.majority(list(response.labels.values()))
    return label is not None and label < scale.middle


def _two_rounds(opinion: Opinion, scale: Scale) -> tuple[bool | None, bool | None]:
    """Whether the verdict of the first half of the rounds is good, and that of the second; of one round both
    are the same."""
    rounds = sorted({each.round for each in opinion.judgements})
    if len(rounds) == 1:
        return (_is_good(opinion.value, scale),) * 2
    half = len(rounds) // 2
    parts = set(rounds[:half]), set(rounds[half:])
    first, again = (
        _is_good(_mean([each for each in opinion.judgements if each.round in part]), scale) for part in parts
    )
    return first, again


def _is_good(value: float | None, scale: Scale) -> bool | None:
    return None if value is None else scale.is_good(value)


def _mean(judgements: Sequence[Judgement]) -> float | None:
    values = [each.value for each in judgements if each.value is not None]
    return sum(values) / len(values) if values else None
