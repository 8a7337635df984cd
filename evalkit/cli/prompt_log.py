"""``evalkit prompts log``: each version with what it reached."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from evalkit.cli.printing import cell_text, local_time, print_json, say, utc_time
from evalkit.cli.prompt_texts import catalogue_of, version_object
from evalkit.errors import UsageError, did_you_mean
from evalkit.report.common_metrics import COMMON
from evalkit.report.numbers import interval_text, value_text
from evalkit.session.prompt_catalogue.catalogue import Catalogue
from evalkit.session.prompt_catalogue.timeline import labels_of, title
from evalkit.store.creation import is_store
from evalkit.store.prompt_metrics import ReachedMetric, reached
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store

_SHORT = 10


def _log(arguments: argparse.Namespace) -> int:
    catalogue = catalogue_of(arguments)
    metrics = _metrics(arguments)
    by_hash: dict[str, list[ReachedMetric]] = {}
    for each in metrics:
        by_hash.setdefault(each.prompt_hash, []).append(each)
    versions = list(reversed(catalogue.versions))
    if arguments.json:
        print_json([
            {**version_object(each, labels_of(each, catalogue.labels)),
             "metrics": [_object(metric) for metric in by_hash.get(each.prompt_hash, ())]}
            for each in versions
        ])  # fmt: skip
        return 0
    for version in versions:
        say(*_lines(version, catalogue, by_hash.get(version.prompt_hash, ())))
    return 0


def _metrics(arguments: argparse.Namespace) -> list[ReachedMetric]:
    """Those that are asked for. Raises UsageError where a task, a model or a metric was never seen."""
    if not is_store(arguments.store):
        return []
    with Store.open(arguments.store) as store:
        hidden = [] if arguments.metric else COMMON
        found = reached(store.connection, arguments.prompt, hidden)
    for name in ("task", "model", "metric"):
        wanted = getattr(arguments, name)
        known = {getattr(each, name) for each in found}
        if wanted is not None and wanted not in known:
            what = f"prompt {arguments.prompt!r} was evaluated with no {name} {wanted!r}"
            raise UsageError(what, hint=did_you_mean(wanted, known) if known else None)
        found = [each for each in found if wanted in (None, getattr(each, name))]
    return found


def _lines(version: StoredPrompt, catalogue: Catalogue, metrics: Sequence[ReachedMetric]) -> Iterator[str]:
    labels = labels_of(version, catalogue.labels)
    facts = [title(version), *labels]
    if version.git_commit is not None:
        facts += [local_time(version.committed_at), f"commit {version.git_commit[:_SHORT]}"]
        facts += [version.git_author or ""]
    else:
        facts += [*([] if version.version else ["draft"]), f"first used {local_time(version.created_at)}"]
    yield cell_text(" · ".join(filter(None, facts)))
    if version.message:
        yield f"  {cell_text(version.message.splitlines()[0])}"
    for each in metrics:
        interval = interval_text(each.metric, each.low, each.high)
        value = f"{each.metric} {value_text(each.metric, each.value)} {interval}".rstrip()
        part = ", part of the samples" if each.is_partial else ""
        about = f"n = {each.n:,}{part}; run {each.run_id}"
        yield f"  {cell_text(f'{each.task} · {each.model}: {value} ({about})')}"


def _object(metric: ReachedMetric) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(metric).items() if name != "prompt_hash"}
    return {**kept, "started_at": utc_time(metric.started_at)}


ACTIONS = {"log": _log}
