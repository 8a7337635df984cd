"""What people say of the answers of one evaluation, sample by sample, as far as it can correct a judge.

A label belongs to a text: it counts for every answer to the same Sample that is the same text. So the labels
of an earlier run count for a later one where its answers did not change. Where some of them did change, those
that did not are no random part of the answers any more, and the labels of this very evaluation alone count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.label import Label, ReviewKind, united
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.core.text import plural
from evalkit.errors import MetricError

#: Why a Sample is reviewed that was not drawn at random.
_PICKED = ("unsure", "disagree", "flip", "golden")


@frozen
class SideLabels:
    """Labels of one evaluation.

    Attributes:
        values: sample id to its label, the mean over reviewers and then over the answers that they labelled.
        weights: the same ids to the inverse of their chance to be drawn.
        picked: those that were not drawn at random.
        kind: what was asked; None without labels.
    """

    values: Mapping[str, float]
    weights: Mapping[str, float]
    picked: frozenset[str]
    kind: ReviewKind | None

    @property
    def n_drawn(self) -> int:
        """Samples with a label that were drawn at random."""
        return len(self.values) - len(self.picked)


#: Of an evaluation that nobody labelled.
NO_LABELS = SideLabels({}, {}, frozenset(), None)


def side_labels(
    observations: Observations,
    evaluation_ids: Collection[str],
    answers: Sequence[LabelledAnswer],
    value: str | None = None,
) -> SideLabels:
    """The labels that count for these answers. Raises MetricError where they cannot be used, with the reason.

    Args:
        evaluation_ids: those that the answers stand in.
        value: of a rubric with several criteria, which one's numbers; None for the label itself.
    """
    found = _matched(observations, evaluation_ids, answers)
    if not found:
        return NO_LABELS
    drawn = {each.label.sample_id for each in answers if not is_picked(each.label)}
    n_lost = len(drawn & set(observations.sample_ids) - {each.label.sample_id for each in found})
    own = [each for each in found if each.is_own]
    if n_lost and len(own) < len(found):
        if not own:
            have = f"{plural(n_lost, 'sample')} {'has' if n_lost == 1 else 'have'}"
            what = f"{have} a label of another answer alone, so that the other labels are not a random part"
            raise MetricError(what, hint=f"label the answers to these {n_lost} too")
        found = own
        drawn = {each.label.sample_id for each in own if not is_picked(each.label)}
    return _together(found, drawn, value)


def is_picked(label: Label) -> bool:
    """Whether its Sample was picked as worth a label, and not drawn at random."""
    return label.picked_for in _PICKED


@frozen(slots=True)
class _Row:
    """A label of the answer at one row; ``is_own``: it was given to this very answer."""

    row: int
    label: Label
    is_own: bool


def _matched(
    observations: Observations, evaluation_ids: Collection[str], answers: Sequence[LabelledAnswer]
) -> list[_Row]:
    rows: dict[str, list[int]] = {}
    wanted = {each.label.sample_id for each in answers}
    for row, sample_id in enumerate(observations.sample_ids):
        if sample_id in wanted:
            rows.setdefault(sample_id, []).append(row)
    outputs = column_of(observations.responses, "output")
    repeats = column_of(observations.responses, "repeat")
    hashes = observations.sample_hashes
    found: dict[tuple[int, str], _Row] = {}
    for each in answers:
        label, is_here = each.label, each.evaluation_id in evaluation_ids
        for row in rows.get(label.sample_id, ()):
            known = None if hashes is None else hashes[row]
            if None not in (known, each.sample_hash) and known != each.sample_hash:
                continue
            is_own = is_here and repeats[row] == label.repeat
            if not is_own and (outputs[row] is None or outputs[row] != each.output):
                continue
            key = row, label.reviewer
            if key not in found or is_own >= found[key].is_own:
                found[key] = _Row(row, label, is_own)
    return list(found.values())


def _together(rows: Sequence[_Row], drawn: Collection[str], value: str | None) -> SideLabels:
    kinds = {each.label.kind for each in rows}
    questions = {each.label.question_hash for each in rows if each.label.question_hash is not None}
    if len(kinds) > 1 or len(questions) > 1:
        raise MetricError(
            f"the labels answer {max(len(kinds), len(questions))} different questions",
            hint="label all answers by one question",
        )
    by_answer: dict[tuple[str, int], list[float]] = {}
    for each in rows:
        said = _number(each.label, value)
        by_answer.setdefault((each.label.sample_id, each.row), []).append(said)
    by_sample: dict[str, list[float]] = {}
    for (sample_id, _), said_of in by_answer.items():
        by_sample.setdefault(sample_id, []).append(sum(said_of) / len(said_of))
    chances: dict[str, float] = {}
    for label in united([each.label for each in rows]):
        chance = label.inclusion_probability
        chances[label.sample_id] = max(chance, chances.get(label.sample_id, 0.0))
    picked = frozenset(each for each in by_sample if each not in drawn)
    # Labels given to all, or that came without a word of how they were drawn, are as likely as any other.
    is_even = any(chance >= 1 for each, chance in chances.items() if each not in picked)
    return SideLabels(
        {sample_id: sum(its) / len(its) for sample_id, its in by_sample.items()},
        {each: 1.0 if is_even or each in picked else 1 / chances[each] for each in by_sample},
        picked,
        rows[0].label.kind,
    )


def _number(label: Label, value: str | None) -> float:
    if value is None:
        return label.value
    if label.values is None or value not in label.values:
        raise MetricError(
            f"the labels say nothing of {value!r}", hint="label by a rubric with that criterion"
        )
    return label.values[value]
