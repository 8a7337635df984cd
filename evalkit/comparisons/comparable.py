"""The rule that stands before every verdict of a regression gate, whatever the baseline: a stored run, a file
or a subject of the same session.

1. **Paired.** Samples of both sides are matched by id and content. Those that the dataset's author added,
   edited or dropped since are listed, and the verdict is over the common rest; where that is smaller than the
   task's ``min_common`` (a share of the samples of both sides together), it is ``error``.
2. **Complete.** Both evaluations are whole (``evalkit.core.wholeness``): they ended by themselves, every
   response that was asked for is there once, every sample of the dataset was asked. A sample on one side only
   that no edit explains is a missing one.
3. **Few errors.** On neither side more than ``max_error_rate`` of the responses failed; else it is ``error``.
4. **One model on each side.** Answers of several revisions prove nothing of any of them.
5. **Two sides.** One recording put twice is no comparison: it depends neither on the prompt nor on the day.

Where 2, 4 or 5 does not hold the gate never says ``pass``: a drop that is shown is still a ``fail``, all
else is ``undecided`` with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from evalkit.comparisons.incompatibility import names_text
from evalkit.comparisons.revisions import mixed_revisions
from evalkit.core.columns import Columns, column_of
from evalkit.core.content import changed_fields
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.core.wholeness import Answered, why_not_whole

#: How the specs of models begin that give recorded answers.
_RECORDED = "replay:"
#: What a recording holds of an answer.
_OF_RECORDING = ("output", "error", "latency_s", "prompt_tokens", "completion_tokens", "cost_usd")


@frozen(slots=True)
class Side:
    """One evaluation under a regression gate.

    Attributes:
        task_hash: as in ``Evaluation``; unlike ones are not compared.
        dataset_hash: as in ``Evaluation``; tells whether samples were edited where their contents do not.
        run_id: the run it belongs to; the baseline's one is kept in the Verdict.
        lack: why the evaluation is not whole, empty where it is.
        is_recorded: its model gives recorded answers.
    """

    observations: Observations
    task_hash: str
    dataset_hash: str
    run_id: str | None = None
    lack: str = ""
    is_recorded: bool = False


def side_of(evaluation: Evaluation, observations: Observations) -> Side:
    """A side as its rows are, whatever its run says of itself."""
    return Side(
        observations,
        evaluation.task_hash,
        evaluation.dataset_hash,
        evaluation.run_id,
        why_not_whole(evaluation, _answered(evaluation, observations)) or "",
        is_recorded(evaluation),
    )


def is_recorded(evaluation: Evaluation) -> bool:
    """Whether its answers come from a recording."""
    return evaluation.subject.model.startswith(_RECORDED)


@frozen(slots=True)
class Match:
    """The samples of two sides by id.

    Attributes:
        common: those that are the same on both, in the candidate's order.
        edited: sample id to the fields that changed.
        untold: on both sides, and nothing says whether they are the same.
    """

    common: Sequence[str]
    added: Sequence[str] = ()
    edited: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dropped: Sequence[str] = ()
    untold: Sequence[str] = ()
    is_same_dataset: bool = False

    @property
    def n_all(self) -> int:
        """Samples of either side."""
        return len(self.common) + len(self.untold) + len(self.edited) + len(self.added) + len(self.dropped)

    @property
    def share(self) -> float:
        """The common part, 0..1."""
        return len(self.common) / self.n_all if self.n_all else 0.0

    @property
    def has_edits(self) -> bool:
        """Whether the dataset is another one, sample by sample."""
        return bool(self.edited) or (not self.is_same_dataset and bool(self.added or self.dropped))

    @property
    def sentence(self) -> str:
        """``On 190 of 200 samples: 6 added (a, b, c, …), 3 edited in target (x, y, z), 1 dropped (w).``;
        empty where nothing was edited."""
        if not self.has_edits:
            return ""
        kinds = [("added", self.added), *self._edited(), ("dropped", self.dropped)]
        said = [f"{len(ids):,} {kind} ({names_text(ids)})" for kind, ids in kinds if ids]
        return f"On {len(self.common):,} of {plural(self.n_all, 'sample')}: {', '.join(said)}."

    def _edited(self) -> list[tuple[str, list[str]]]:
        by_fields: dict[tuple[str, ...], list[str]] = {}
        for sample_id, fields in self.edited.items():
            by_fields.setdefault(tuple(fields), []).append(sample_id)
        return [(f"edited in {' and '.join(fields)}", ids) for fields, ids in by_fields.items()]


def match(
    baseline: Mapping[str, str | None], candidate: Mapping[str, str | None], *, is_same_dataset: bool
) -> Match:
    """Compare sample ids and contents (``Sample.content_hash``, None where unknown)."""
    if baseline == candidate and (is_same_dataset or None not in candidate.values()):
        return Match(list(candidate), is_same_dataset=is_same_dataset)
    common, untold, edited = [], [], {}
    for sample_id, content in candidate.items():
        if sample_id not in baseline:
            continue
        changed = changed_fields(baseline[sample_id], content)
        if changed:
            edited[sample_id] = changed
        elif changed is None and not is_same_dataset:
            untold.append(sample_id)
        else:
            common.append(sample_id)
    added = [sample_id for sample_id in candidate if sample_id not in baseline]
    dropped = [sample_id for sample_id in baseline if sample_id not in candidate]
    return Match(common, added, edited, dropped, untold, is_same_dataset)


def match_sides(baseline: Side, candidate: Side) -> Match:
    """The samples of two evaluations."""
    is_same = baseline.dataset_hash == candidate.dataset_hash
    return match(contents(baseline.observations), contents(candidate.observations), is_same_dataset=is_same)


def contents(observations: Observations) -> dict[str, str | None]:
    """Sample id to content, in order."""
    hashes = observations.sample_hashes
    if hashes is None:
        return dict.fromkeys(observations.sample_ids)
    return dict(zip(observations.sample_ids, hashes, strict=True))


def common_part(side: Side, found: Match) -> Side:
    """The side over the common samples; itself where the dataset is the same."""
    return side if not found.has_edits else replace(side, observations=over(side.observations, found.common))


def over(observations: Observations, sample_ids: Collection[str]) -> Observations:
    """The rows of these samples alone."""
    wanted = frozenset(sample_ids)
    rows = [row for row, sample_id in enumerate(observations.sample_ids) if sample_id in wanted]
    return observations if len(rows) == len(observations) else at_rows(observations, rows)


def at_rows(observations: Observations, rows: Sequence[int]) -> Observations:
    """The observations at these rows, in their order."""
    groups, hashes = observations.groups, observations.sample_hashes
    return replace(
        observations,
        sample_ids=_at(observations.sample_ids, rows),
        targets=_at(observations.targets, rows),
        responses=_at(observations.responses, rows),
        scores={name: _at(scores, rows) for name, scores in observations.scores.items()},
        groups=None if groups is None else _at(groups, rows),
        sample_hashes=None if hashes is None else _at(hashes, rows),
    )


def _at(items: Sequence[Any], rows: Sequence[int]) -> Sequence[Any]:
    return items.take(rows) if isinstance(items, Columns) else [items[row] for row in rows]


def reservation(baseline: Side, candidate: Side, found: Match) -> str:
    """Why the gate cannot pass whatever the numbers say, a sentence; empty where it can."""
    for name, side in (("candidate", candidate), ("baseline", baseline)):
        if side.lack:
            return f"The {name} is not whole: {side.lack}."
    n_apart = len(found.added) + len(found.dropped)
    if found.is_same_dataset and n_apart:
        return f"{plural(n_apart, 'sample')} of the same dataset stand on one side only."
    if baseline.is_recorded and candidate.is_recorded and is_same_recording(baseline, candidate):
        return (
            "Both sides are the same recorded answers, which depend neither on the prompt nor on the day: "
            "nothing was compared."
        )
    return mixed_revisions(candidate.observations, baseline.observations)


def is_same_recording(baseline: Side, candidate: Side) -> bool:
    """Whether two recordings hold the same answers to the same samples."""
    before, after = baseline.observations, candidate.observations
    if list(before.sample_ids) != list(after.sample_ids):
        return False
    return all(
        list(column_of(before.responses, name)) == list(column_of(after.responses, name))
        for name in _OF_RECORDING
    )


def _answered(evaluation: Evaluation, observations: Observations) -> Answered:
    repeats = column_of(observations.responses, "repeat")
    pairs = set(zip(observations.sample_ids, repeats, strict=True))
    n_double = len(observations) - len(pairs)
    if evaluation.n_repeats is None:
        return Answered(len(set(observations.sample_ids)), n_double)
    return Answered(sum(repeat < evaluation.n_repeats for _, repeat in pairs), n_double)
