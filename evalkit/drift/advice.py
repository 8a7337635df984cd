"""What to do about a change, and the commands that do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.core.run import Run
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.drift.cause import Attribution
from evalkit.drift.session_command import command, session
from evalkit.metrics.units import counts_failures, is_watched, unit_of

Action = Literal["pin", "revert", "refresh", "rerun", "look", "accept"]

_SLOWER = "look at the load on the provider and at the length of answers, or take a faster model"
_DEARER = "look at the provider's prices and at the tokens of prompts and answers"
_FAILING = "look at the errors of the latest runs, and at the provider's limits"


@dataclass(frozen=True)
class Advice:
    """Attributes:
    text: what to do, without the numbers.
    commands: lines for a shell that do it, or show what is needed to; each is one that exists.
    """

    action: Action
    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """What an advice rests on.

    Attributes:
        is_slow: the move went on over many runs.
        earlier, later: the runs on either side of the change.
        baselines: names that point at runs from before the change.
    """

    metric: str
    direction: str
    is_slow: bool
    attribution: Attribution
    earlier: Run
    later: Run
    baselines: Sequence[str] = ()


def advise(case: Case) -> Advice:
    """The hint of the cause, for what got worse; to take the new state over, for what got better."""
    if case.direction == "better":
        moves = tuple(command("evalkit", "baseline", "set", name, "latest") for name in case.baselines)
        return Advice("accept", "nothing to fix", moves)
    if case.direction == "moved":
        text = "look at the answers, whether that is as it should be"
        return Advice("look", text, tuple(_compare(case)))
    if case.attribution.cause == "model":
        return _of_model(case)
    if case.attribution.cause == "prompt":
        return _of_prompt(case)
    if case.attribution.cause == "data":
        text = "look at what changed in the data, and refresh the knowledge base"
        return Advice("refresh", text, (*_compare(case), *_differences(case), *_new_baseline(case)))
    text = "look at what changed in the task file"
    return Advice("rerun", text, (*_differences(case), *_compare(case), *_new_baseline(case)))


def _of_model(case: Case) -> Advice:
    earlier, later = case.attribution.earlier, case.attribution.later
    if (text := _of_service(case.metric)) is not None:
        return Advice("look", text, tuple(_service(case)))
    if case.is_slow:
        again = _session(case, f"--llm-baseline=run:{case.earlier.run_id}", "--llm-cache=refresh")
        return Advice("refresh", "refresh the knowledge base, or retrain", (*_compare(case), *again))
    if earlier.model_revision and earlier.model_revision != later.model_revision:
        pinned = pinned_spec(later.model, earlier.model_revision)
        pin = _session(case, model=pinned) if pinned else ()
        return Advice("pin", f"pin model revision {earlier.model_revision}", (*pin, *_compare(case)))
    again = _session(case, f"--llm-baseline=run:{case.earlier.run_id}", "--llm-cache=refresh")
    text = "pin a dated version of the model, or adapt the prompt to the new one"
    return Advice("pin", text, (*_compare(case), *again))


def _of_service(metric: str) -> str | None:
    """What to do where the same model, asked the same, serves worse: no other prompt fixes that."""
    if counts_failures(metric) and is_watched(metric):
        return _FAILING
    return {"s": _SLOWER, "usd": _DEARER}.get(unit_of(metric))


def _of_prompt(case: Case) -> Advice:
    """The old text is in the store: it is written to a file and asked beside the new one."""
    earlier, later = case.attribution.earlier, case.attribution.later
    name = earlier.prompt_hash[:8]
    old = f"prompt-{name}.jinja"
    show = f"{command('evalkit', 'prompts', 'show', earlier.prompt_hash)} > {command(old)}"
    is_own = later.prompt == DEFAULT_PROMPT
    now = [f"--llm-prompt={DEFAULT_PROMPT}"] if is_own else []
    options = (f"--llm-prompt=before={old}", *now, "--llm-baseline=subject:before")
    both = _session(case, *options, keeps_prompts=not is_own)
    return Advice("revert", f"revert prompt {later.prompt} to {name}", (show, *both))


def pinned_spec(model: str, revision: str) -> str | None:
    """``openai/gpt-4o-2024-08-06`` for ``openai/gpt-4o`` whose server reported that name; None where a
    revision is not a name that can be asked for (a hash of weights, a label)."""
    spec, question, params = model.partition("?")
    provider, slash, name = spec.partition("/")
    if provider != "openai" or not slash or not revision.startswith(name.rpartition("/")[2]):
        return None
    return f"{provider}/{revision}{question}{params}"


def _session(
    case: Case, *options: str, model: str | None = None, keeps_prompts: bool = True
) -> Iterator[str]:
    asked = f"--llm-model={model or case.attribution.later.model}"
    line = session(case.later, asked, *options, keeps_prompts=keeps_prompts)
    if line is not None:
        yield line


def _compare(case: Case) -> Iterator[str]:
    yield command(
        "evalkit", "compare", case.earlier.run_id, case.later.run_id, "--html", "drift-samples.html"
    )


def _differences(case: Case) -> Iterator[str]:
    before, after = case.earlier.git_commit, case.later.git_commit
    if before and after and before != after:
        yield command("git", "diff", before, after)


def _new_baseline(case: Case) -> Iterator[str]:
    """Numbers of other samples, or of another computation, are compared with none of before."""
    for name in case.baselines:
        yield from _session(case, f"--llm-save-baseline={name}")


def _service(case: Case) -> Iterator[str]:
    if counts_failures(case.metric) and is_watched(case.metric):
        evaluation_id = case.attribution.later.evaluation_id.replace("'", "''")
        query = (
            "SELECT error, count(*) AS n FROM responses WHERE error IS NOT NULL "
            f"AND evaluation_id = '{evaluation_id}' GROUP BY error ORDER BY n DESC"
        )
        yield command("evalkit", "sql", query)
    else:
        yield from _compare(case)
