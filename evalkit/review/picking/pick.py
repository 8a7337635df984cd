"""What people are asked to review: what is worth their time, and a random part of all else.

What speaks for an answer (a judge was unsure, scorers disagree, it turned against the baseline) is known
before anybody looks. The answers that most speaks for are picked for certain; of the others a simple random
part is, the controls. So the probability with which each was picked is known, and a mean that weighs by its
inverse is not a mean of odd cases (Horvitz and Thompson 1952, Journal of the American Statistical Association
47:663-685; with the weights normed: Hajek 1971).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import ceil
from typing import Generic, Literal, TypeVar, get_args

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.errors import UsageError

K = TypeVar("K")

#: What may speak for an answer; where several do, they take turns in this order.
Reason = Literal["flip", "disagree", "unsure"]
REASONS: tuple[Reason, ...] = get_args(Reason)
#: Why an answer was picked.
PickedFor = Literal["flip", "disagree", "unsure", "control", "all"]
#: How strong a reason must be, in 0..1, to make an answer worth a person's time.
LEAST_STRENGTH = 0.5
CONTROL_SHARE = 0.5


@frozen(slots=True)
class Candidate(Generic[K]):
    """An answer, or a pair of them, that could be reviewed.

    Attributes:
        key: names it; unique among the candidates.
        reasons: what speaks for it, each with its strength in 0..1; empty where nothing is known.
    """

    key: K
    reasons: Mapping[Reason, float]


@frozen(slots=True)
class Pick(Generic[K]):
    """An answer that was picked.

    Attributes:
        picked_for: its strongest reason; ``control`` of the random part, ``all`` where everything is picked.
        inclusion_probability: with which it was picked, in (0, 1].
    """

    key: K
    picked_for: PickedFor
    inclusion_probability: float


def pick(
    candidates: Sequence[Candidate[K]], n: int, control_share: float = CONTROL_SHARE, seed: str = ""
) -> list[Pick[K]]:
    """``n`` of the candidates in a random order, so that who stops early leaves a random part of each kind.

    The controls are at least ``control_share`` of ``n``, and at least one; where fewer than the rest of ``n``
    are worth it, all that room is theirs. Where all are to be picked there is nothing to choose. The same
    candidates, ``n``, share and seed give the same picks.

    Args:
        control_share: in (0, 1]; 1 picks at random alone.

    Raises:
        UsageError: ``n`` is below 1, or the share out of range.
    """
    if n < 1:
        raise UsageError(f"{n} answers cannot be picked", hint="give a number from 1 on")
    if not 0 < control_share <= 1:
        hint = "give a share above 0: without a random part nothing can be said of the answers not picked"
        raise UsageError(f"a control share of {control_share:g} is outside (0, 1]", hint=hint)
    rng = np.random.default_rng(int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "big"))
    order = rng.permutation(len(candidates)).tolist()
    if n >= len(candidates):
        return [Pick(candidates[at].key, "all", 1.0) for at in order]
    n_worth = n - max(1, ceil(control_share * n - 1e-9))
    worth = _worth([candidates[at] for at in order], n_worth)
    rest = [at for place, at in enumerate(order) if place not in worth]
    n_controls = n - len(worth)
    picks = [Pick(candidates[order[place]].key, reason, 1.0) for place, reason in worth.items()]
    # In a random order already: the first are a simple random part.
    picks += [Pick(candidates[at].key, "control", n_controls / len(rest)) for at in rest[:n_controls]]
    return [picks[at] for at in rng.permutation(len(picks)).tolist()]


def _worth(candidates: Sequence[Candidate[K]], n: int) -> dict[int, PickedFor]:
    """Place to reason of at most ``n``: the strongest of each reason take turns; of equal ones the first."""
    queues = {reason: _strongest(candidates, reason) for reason in REASONS}
    found: dict[int, PickedFor] = {}
    while len(found) < n and any(queues.values()):
        for reason, places in queues.items():
            while places and places[-1] in found:
                places.pop()
            if places and len(found) < n:
                found[places.pop()] = reason
    return found


def _strongest(candidates: Sequence[Candidate[K]], reason: Reason) -> list[int]:
    """Places of those that the reason speaks for, the strongest last."""
    strengths = [each.reasons.get(reason, 0.0) for each in candidates]
    places = [place for place, strength in enumerate(strengths) if strength >= LEAST_STRENGTH]
    return sorted(places, key=lambda place: (strengths[place], -place))
