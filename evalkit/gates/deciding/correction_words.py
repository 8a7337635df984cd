"""What verdicts say of labels by people: what they made of a judge's number, and how many would decide."""

from __future__ import annotations

from math import inf

from evalkit.comparisons.wording import about, number, percent
from evalkit.core.estimate import Comparison, LabelCorrection, LabelPlan
from evalkit.core.text import plural
from evalkit.errors import EvalkitError


def of_value(correction: LabelCorrection) -> str:
    """How a value was found."""
    labels = plural(correction.n_labels, "label")
    return f"{_by(labels, correction)}: the judge alone says {number(correction.raw)}. {_worth(correction)}"


def of_difference(shown: Comparison, correction: LabelCorrection, is_higher_better: bool) -> str:
    """How a difference was found; ``shown`` is the comparison that it stands in."""
    raw = correction.raw if is_higher_better else -correction.raw
    moved = "no change" if raw == 0 else f"{'up' if raw > 0 else 'down'} {number(abs(raw))}"
    same = ""
    if correction.n_settled:
        known = f"{correction.n_settled:,} of {plural(shown.n, 'sample')}"
        same = f" {known} need none, as their difference is known."
    pairs = f"{plural(correction.n_labels, 'pair')} of labels"
    return f"{_by(pairs, correction)}: the judge alone says {moved}. {_worth(correction)}{same}"


def unused(error: EvalkitError) -> str:
    """Why labels that are there correct nothing."""
    hint = f" ({error.hint})" if error.hint else ""
    return f"The labels by people are not used: {error.what}{hint}."


def plan_of(plan: LabelPlan | None, label: str = "label") -> str:
    """What would decide an open gate, the cheaper first where both prices are known, else what has a price;
    ``label`` is what a label is called."""
    if plan is None:
        return ""
    if 0 in (plan.n_labels, plan.n_samples):
        return "What there is decides it in 80 % or more where nothing changed."
    ways = [(plan.labels_usd, plan.n_labels, label), (plan.samples_usd, plan.n_samples, "sample")]
    known = sorted(
        (each for each in ways if each[1] is not None), key=lambda each: inf if each[0] is None else each[0]
    )
    said = [_way(usd, n, what) for usd, n, what in known if n is not None]
    if not said:
        return "No number of labels or samples decides it at this spread."
    if plan.is_both:
        return f"To plan with: {said[0]} together with {said[1]}."
    first = " or ".join(said)
    if len(said) > 1:
        is_priced = all(usd is not None for usd, _, _ in known)
        return f"To plan with: {first}{', the cheaper first' if is_priced else ''}."
    other = "labels of these samples" if known[0][2] == "sample" else "samples"
    return f"To plan with: {first}; no number of {other} alone does."


def _by(labels: str, correction: LabelCorrection) -> str:
    judged = f"people's on {plural(correction.n_judged, 'judged sample')}"
    return f"Corrected by {labels}, {judged} (PPI++, lambda {correction.power:.2f})"


def _worth(correction: LabelCorrection) -> str:
    narrower = 1 - correction.width_share
    if narrower < 0.005:
        return "The interval is no narrower than by the labels alone."
    return (
        f"The interval is {percent(round(narrower, 2))} narrower than by the labels alone: "
        f"without a judge it takes about {about(correction.labels_alone)} labels."
    )


def _way(usd: float | None, n: int, what: str) -> str:
    price = "" if usd is None else f" (${usd:,.2f})"
    return f"about {about(n)} more {what}{'' if n == 1 else 's'}{price}"
