"""A Task with a gate and a metric for each slice of its rows, where it says ``by``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.core.gate import Gate, MetricSpec
from evalkit.core.slices import Slice
from evalkit.core.task import Task
from evalkit.errors import TaskError, TemplateError, did_you_mean
from evalkit.prompts.slicing import slices_of
from evalkit.runner.prepared_task import PreparedTask

#: More slices than these are an id, and no gate over them says anything.
MAX_SLICES = 200


def sliced(task: Task, prepared: PreparedTask | None) -> tuple[Task, PreparedTask | None]:
    """The Task with its slices in place of each ``by``, and the same with its Samples.

    A metric stays beside its slices, over all samples. None for Samples of which none was selected: no gate
    is left then. Raises TaskError at the entry whose ``by`` gives no slice, or too many.
    """
    book = _Slices(prepared)
    gates: list[tuple[int, Gate]] = []
    for index, gate in enumerate(task.gates):
        parts = _specs(gate.metric, book.of(gate.metric.by, f"gates.{index}"))
        gates += [(index, gate if part is gate.metric else replace(gate, metric=part)) for part in parts]
    metrics: dict[str, tuple[int | None, MetricSpec]] = {}
    for place, spec in enumerate(task.metrics):
        for part in (_whole(spec), *_specs(spec, book.of(spec.by, f"metrics.{place}"))):
            metrics.setdefault(part.label, (place, part))
    for gate in task.gates:
        if gate.metric.by is not None:
            metrics.setdefault(gate.metric.whole_label, (None, _whole(gate.metric)))
    made = replace(
        task,
        gates=[gate for _, gate in gates],
        metrics=[spec for _, spec in metrics.values()],
        lines={
            **{key: line for key, line in task.lines.items() if not key.startswith(("gates.", "metrics."))},
            **_moved(task.lines, "gates", [index for index, _ in gates]),
            **_moved(task.lines, "metrics", [place for place, _ in metrics.values()]),
        },
    )
    return made, None if prepared is None else replace(prepared, task=made, slices=book.known)


class _Slices:
    """What each ``by`` of a task gives, read once.

    Attributes:
        known: ``by`` to sample id to its values.
    """

    def __init__(self, prepared: PreparedTask | None) -> None:
        self._samples = prepared.samples if prepared is not None else ()
        self.known: dict[str, Mapping[str, Sequence[str]]] = {}

    def of(self, by: str | None, key: str) -> list[Slice] | None:
        """The slices in the order of their values; None for no ``by``."""
        if by is None:
            return None
        if by not in self.known:
            rows = ((sample.id, sample.row) for sample in self._samples)
            try:
                self.known[by] = slices_of(by, rows, "by")
            except TaskError as error:
                error.where, error.key = None, key
                raise
            except TemplateError as error:
                raise TaskError(f"by {by!r}: {error.what}", key=key, hint=error.hint) from None
        values = sorted({value for each in self.known[by].values() for value in each})
        if self._samples and not values:
            fields = sorted({str(name) for sample in self._samples for name in sample.row})
            others = [each for each in fields if each != by]
            hint = did_you_mean(by, others) if by not in fields else f"fields: {', '.join(others)}"
            raise TaskError(f"by {by!r} gives no slice: no row has a value", key=key, hint=hint)
        if len(values) > MAX_SLICES:
            what = f"by {by!r} gives {len(values):,} slices, {MAX_SLICES} are the most"
            raise TaskError(what, key=key, hint="slice by what many samples have in common")
        return [Slice(by, value) for value in values]


def _whole(spec: MetricSpec) -> MetricSpec:
    return spec if spec.by is None else replace(spec, by=None)


def _specs(spec: MetricSpec, slices: Sequence[Slice] | None) -> list[MetricSpec]:
    """One for each slice; the spec itself where it has none."""
    return [spec] if slices is None else [replace(spec, by=None, slice=part) for part in slices]


def _moved(lines: Mapping[str, int], key: str, places: Sequence[int | None]) -> dict[str, int]:
    """The lines of a list's entries, each of which was made of the one that stood at its place."""
    found: dict[str, int] = {}
    for index, place in enumerate(places):
        old = f"{key}.{place}"
        its = (each for each in lines if each == old or each.startswith(f"{old}."))
        found |= {f"{key}.{index}{each.removeprefix(old)}": lines[each] for each in its}
    return found
