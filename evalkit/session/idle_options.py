"""Options that nothing of what was selected uses, so that a run passes without what they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.errors import EvalkitError
from evalkit.session.item_spec import ItemSpec
from evalkit.session.options import Options
from evalkit.session.task_book import TaskBook


def idle_options(options: Options, items: Sequence[ItemSpec], tasks: TaskBook) -> Iterator[str]:
    """A line for each."""
    if not items:
        return
    if options.baseline is not None and not any(item.gate and item.gate.is_compared for item in items):
        yield (
            f"note: baseline {options.baseline}: nothing was compared with it, as no gate that was selected "
            "compares (add 'regression: METRIC' to the gates of a task)"
        )
    if options.samples:
        known = _sample_ids(items, tasks)
        missing = [each for each in options.samples if each not in known]
        if missing:
            named = ", ".join(map(repr, missing))
            yield f"note: no task that was selected has a sample {named}"


def _sample_ids(items: Sequence[ItemSpec], tasks: TaskBook) -> set[str]:
    found: set[str] = set()
    for task in {id(item.task): item.task for item in items}.values():
        try:
            found |= {sample.id for sample in tasks.prepared(task).samples}
        except EvalkitError:  # it is the error of the task's items
            continue
    return found
