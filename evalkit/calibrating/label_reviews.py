"""Labels that people gave in ``evalkit review``, out of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evalkit.calibrating.labelled import Labelled, Labels
from evalkit.calibrating.scale import ScaleKind
from evalkit.calibrating.standard import Standard
from evalkit.comparisons.comparable import contents
from evalkit.core.frozen import frozen
from evalkit.core.label import Label, ReviewKind, united
from evalkit.core.run import Evaluation
from evalkit.errors import UsageError
from evalkit.store.reviews import labels_of
from evalkit.store.store import Store

#: What ``--labels`` says of them.
REVIEWS = "reviews"
_KINDS: Mapping[ScaleKind, ReviewKind] = {"binary": "pass_fail", "ordinal": "rubric", "pairwise": "pairwise"}


@frozen(slots=True)
class _Texts:
    """Answers of an evaluation.

    Attributes:
        outputs: sample and repeat to the text.
        contents: sample to what it held then, None where unknown.
        model: who wrote them.
    """

    outputs: Mapping[tuple[str, int], str]
    contents: Mapping[str, str | None]
    model: str


def read_reviews(store: Store, task: str, standard: Standard) -> Labels:
    """What people said of the task's responses in all runs, where it answers the judge's question: pass or
    fail of a judge that says yes or no, grades of one that grades, pairs of one that compares.

    The same texts of the same Sample are one, as long as the Sample held the same. Raises UsageError where
    there is none, or a grade is not on the judge's scale.
    """
    wanted = _KINDS[standard.main.kind]
    found: dict[tuple[object, str | None], Labelled] = {}
    others: set[str] = set()
    for evaluation_id in _reviewed(store, task):
        evaluation = store.evaluation(evaluation_id)
        texts = {evaluation_id: _texts(store, evaluation)}
        # Reused ones stand with the answers that they were given to.
        labels = [each for each in labels_of(store.connection, evaluation_id) if not each.is_reused]
        others |= {each.kind for each in labels if each.kind != wanted}
        for label in united([each for each in labels if each.kind == wanted]):
            _add(found, _labelled(store, label, evaluation_id, texts, standard))
    if not found:
        seen = f"; what there is answers another question ({', '.join(sorted(others))})" if others else ""
        hint = f"label some by 'evalkit review', or give --labels FILE{seen}"
        raise UsageError(f"nobody reviewed responses of {task} by {wanted}", hint=hint)
    return Labels(list(found.values()), REVIEWS)


def _reviewed(store: Store, task: str) -> Iterator[str]:
    rows = store.connection.execute(
        "SELECT DISTINCT evaluation_id FROM reviews JOIN evaluations USING (evaluation_id) WHERE task = ? "
        "ORDER BY evaluation_id",
        [task],
    ).fetchall()
    return (row[0] for row in rows)


def _labelled(
    store: Store, label: Label, evaluation_id: str, texts: dict[str, _Texts], standard: Standard
) -> Labelled | None:
    """None where the store lacks a text."""
    ours = texts[evaluation_id]
    output = ours.outputs.get((label.sample_id, label.repeat))
    opponent, opponent_model = None, None
    if label.opponent_evaluation_id is not None:
        other = label.opponent_evaluation_id
        if other not in texts:
            texts[other] = _texts(store, store.evaluation(other))
        opponent = texts[other].outputs.get((label.sample_id, label.opponent_repeat or 0))
        opponent_model = texts[other].model
    if output is None or (opponent is None and label.kind == "pairwise"):
        return None
    where = f"review of sample {label.sample_id!r} by {label.reviewer}"
    criteria = {
        name: {label.reviewer: _value(standard, value, where, name)}
        for name, value in (label.values or {}).items()
        if name in standard.criteria
    }
    whole = standard.overall({name: each[label.reviewer] for name, each in criteria.items()})
    value = whole if whole is not None else _value(standard, label.value, where)
    return Labelled(
        label.sample_id, output, {label.reviewer: value}, criteria, ours.model, opponent, opponent_model,
        1 / label.inclusion_probability, None, where, None, ours.contents.get(label.sample_id),
    )  # fmt: skip


def _value(standard: Standard, value: float, where: str, criterion: str | None = None) -> float:
    scale = standard.main if criterion is None else standard.criteria[criterion]
    try:
        return scale.value_of(value)
    except ValueError as error:
        hint = "review on the judge's scale, or give the judge the scale of the review"
        raise UsageError(str(error), where=where, hint=hint) from None


def _add(found: dict[tuple[object, str | None], Labelled], label: Labelled | None) -> None:
    if label is not None:
        first = found.get((label.key, label.content))
        found[label.key, label.content] = label if first is None else first.with_labels_of(label)


def _texts(store: Store, evaluation: Evaluation) -> _Texts:
    observations = store.observations(evaluation.evaluation_id)
    outputs = {
        (sample_id, response.repeat): response.output
        for sample_id, response in zip(observations.sample_ids, observations.responses, strict=True)
        if response.output is not None
    }
    return _Texts(outputs, contents(observations), evaluation.subject.model)
