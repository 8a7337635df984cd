"""The two runs between which something got worse: which of their evaluations, and on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.errors import UsageError, did_you_mean
from evalkit.gates.deciding.compared import regressions
from evalkit.gates.regression import RegressionGate
from evalkit.session.prompt_catalogue.catalogue import Catalogue
from evalkit.session.stored.imported_metrics import shared_spec
from evalkit.session.stored.run_names import find_run
from evalkit.store.prompts import StoredPrompt
from evalkit.store.store import Store

#: How the command line begins whose runs are those of a search.
_SEARCH = ("evalkit", "prompts", "blame")


@dataclass(frozen=True)
class Wanted:
    """What a user said of the question.

    Attributes:
        task, model: None where the runs have one only.
        metric: label; None for that of the first regression gate, else the first metric.
        alpha: None for the gate's.
    """

    task: str | None = None
    model: str | None = None
    metric: str | None = None
    alpha: float | None = None


@dataclass(frozen=True)
class Ends:
    """One task with one model, before and after.

    Attributes:
        gate: the metric that is asked about, and what it is held to.
        versions: from that of ``base`` to that of ``candidate``, both included.
        sample_ids: those that both asked, in the candidate's order.
    """

    base: Evaluation
    candidate: Evaluation
    gate: RegressionGate
    versions: Sequence[StoredPrompt]
    sample_ids: Sequence[str]
    observations: tuple[Observations, Observations]


def read_ends(store: Store, catalogue: Catalogue, base: str, candidate: str, wanted: Wanted) -> Ends:
    """Raises UsageError where the runs do not say one thing of this prompt, StoreError for an unknown run."""
    earlier, later = (
        _evaluations(store, catalogue, _run_id(store, each), wanted) for each in (base, candidate)
    )
    pairs = [(a, b) for b in later for a in earlier if (a.task, a.subject.model) == (b.task, b.subject.model)]
    if len(pairs) != 1:
        raise _not_one(pairs, catalogue.name)
    one, other = pairs[0]
    if one.subject.prompt_hash == other.subject.prompt_hash:
        what = f"both runs put the same text of {catalogue.name!r} to {other.subject.model}"
        raise UsageError(what, hint="the prompt brought nothing: 'evalkit compare' and 'drift' say what did")
    seen = store.observations(one.evaluation_id), store.observations(other.evaluation_id)
    there = set(seen[0].sample_ids)
    ids = [each for each in dict.fromkeys(seen[1].sample_ids) if each in there]
    return Ends(one, other, _gate(one, other, wanted), _between(catalogue, one, other), ids, seen)


def _run_id(store: Store, name: str) -> str:
    """The latest is the latest that was not asked by such a search: those are of versions in between."""
    if name == "latest":
        for run in store.runs(None):
            if run.argv[:3] != _SEARCH:
                return run.run_id
    return find_run(store, name).run_id


def _evaluations(store: Store, catalogue: Catalogue, run_id: str, wanted: Wanted) -> list[Evaluation]:
    texts = {each.prompt_hash for each in catalogue.versions}
    all_of_run = store.evaluations(run_id)
    its = [
        each
        for each in all_of_run
        if each.subject.prompt.partition("@")[0] == catalogue.name or each.subject.prompt_hash in texts
    ]
    if not its:
        hint = did_you_mean(catalogue.name, {each.subject.prompt.partition("@")[0] for each in all_of_run})
        raise UsageError(f"run {run_id} used no version of the prompt {catalogue.name!r}", hint=hint)
    return [
        each
        for each in its
        if wanted.task in (None, each.task) and wanted.model in (None, each.subject.model)
    ]


def _not_one(pairs: Sequence[tuple[Evaluation, Evaluation]], name: str) -> UsageError:
    if not pairs:
        return UsageError(f"the runs have no task and model in common that {name!r} was put to")
    shown = ", ".join(f"{each.task} with {each.subject.label}" for _, each in pairs[:4])
    return UsageError(f"the runs have several: {shown}", hint="choose with --task and --model, or RUN of one")


def _gate(base: Evaluation, candidate: Evaluation, wanted: Wanted) -> RegressionGate:
    declared = regressions(candidate.rules.gates if candidate.rules else ())
    found = [each for each in declared if wanted.metric in (None, each.metric.label)]
    labels = [each for each in candidate.metric_specs if each in base.metric_specs]
    if found:
        gate = found[0]
    elif (label := wanted.metric or next(iter(labels), None)) in labels and label is not None:
        gate = RegressionGate(shared_spec(label, base, candidate))
    else:
        what = f"both runs have no metric {wanted.metric!r}" if wanted.metric else "both runs have no metric"
        raise UsageError(what, hint=did_you_mean(wanted.metric or "", labels) if labels else None)
    alpha = wanted.alpha if wanted.alpha is not None else gate.alpha
    if not 0 < alpha <= 0.5:
        raise UsageError(f"alpha {alpha:g} is outside (0, 0.5]")
    return RegressionGate(gate.metric, gate.margin, alpha)


def _between(catalogue: Catalogue, base: Evaluation, candidate: Evaluation) -> list[StoredPrompt]:
    """What the prompt was from one to the other; backwards where the later run used the earlier text."""
    steps = catalogue.steps
    places: list[list[int]] = []
    for each in (base, candidate):
        wanted = each.subject.prompt_hash
        places.append([place for place, step in enumerate(steps) if step.prompt_hash == wanted])
        if not places[-1]:
            what = f"the text of run {each.run_id} ({wanted}) is not a version of {catalogue.name!r}"
            raise UsageError(what, hint="name the prompt's file with --file=PATH")
    end = places[1][-1]
    before = [place for place in places[0] if place < end]
    if before:
        return steps[before[-1] : end + 1]
    return steps[end : places[0][0] + 1][::-1]
