"""Whether a Model can be put what a Task asks, looked at before the first call."""

from __future__ import annotations

from collections.abc import Collection

from evalkit.core.chat import parse_messages
from evalkit.core.needs import (
    PARAMETERS,
    Knob,
    Need,
    generation_knobs,
    needs_text,
    option_needs,
    request_needs,
    turn_needs,
)
from evalkit.core.prompt import Prompt
from evalkit.core.request import Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.errors import ModelError, TaskError
from evalkit.models.model import Model
from evalkit.prompts.turns import takes_conversation
from evalkit.runner.prepared_task import PreparedTask
from evalkit.runner.prompt_context import generation_of

_HINT = "use another model, or leave it out"
_GO_WITHOUT = "leave it out, or drop what is not supported: ?drop_unsupported=1"


def check_carried(model: Model, prepared: PreparedTask, prompt: Prompt) -> None:
    """Raises TaskError where the Model cannot carry what the Task, or a conversation of its rows, needs."""
    task = prepared.task
    missing = needs_of(prepared, prompt) - model.carries
    if missing:
        raise TaskError(_said(model, missing), where=task.task, hint=_hint(missing))
    generate = generation_of(task, prompt)
    if lacking := generation_knobs(generate) & model.lacks:
        raise TaskError(_lacks(model, lacking), where=task.task, key="generate", hint=_GO_WITHOUT)
    schema = task.response_format if isinstance(task.response_format, ResponseSchema) else None
    try:
        model.check_options(generate, schema)
    except ModelError as error:
        raise TaskError(error.what, where=task.task, key="generate", hint=error.hint) from None


def refuse_uncarried(model: Model, request: Request) -> None:
    """The same of one request. Raises ModelError."""
    needs = request_needs(request)
    if needs and (missing := needs - model.carries):
        raise ModelError(_said(model, missing), kind="missing", hint=_hint(missing))
    if model.lacks and (lacking := generation_knobs(request.generate) & model.lacks):
        raise ModelError(_lacks(model, lacking), kind="missing", hint=_GO_WITHOUT)


def needs_of(prepared: PreparedTask, prompt: Prompt) -> frozenset[Need]:
    """What a prompt, the parameters and the rows of a Task need of whoever is asked."""
    task = prepared.task
    is_ranked = task.scoring == "loglikelihood"
    schema = task.response_format if isinstance(task.response_format, ResponseSchema) else None
    reasoning = generation_of(task, prompt).reasoning
    needs = option_needs(task.tools or (), schema, reasoning) | turn_needs(prompt.turns, is_ranked=is_ranked)
    if not takes_conversation(prompt.turns):
        return needs
    for sample in (*prepared.samples, *prepared.examples.all):
        if sample.conversation is not None:
            turns = parse_messages(sample.conversation, "input", is_template=False)
            needs |= turn_needs(turns, is_ranked=is_ranked)
    return needs


def _said(model: Model, missing: Collection[Need]) -> str:
    return f"{model.spec.text} cannot carry {needs_text(missing)}"


def _lacks(model: Model, lacking: Collection[Knob]) -> str:
    return f"{model.spec.text} has no {', '.join(sorted(lacking))}"


def _hint(missing: Collection[Need]) -> str:
    """Parameters can be gone without where a provider says so; messages cannot."""
    return _GO_WITHOUT if PARAMETERS.issuperset(missing) else _HINT
