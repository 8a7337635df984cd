"""Whether a Model can be put what a Task asks, looked at before the first call."""

from __future__ import annotations

from collections.abc import Collection

from evalkit.core.chat import parse_messages
from evalkit.core.needs import Need, needs_text, option_needs, request_needs, turn_needs
from evalkit.core.prompt import Prompt
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.errors import ModelError, TaskError
from evalkit.models.model import Model
from evalkit.prompts.turns import takes_conversation
from evalkit.runner.prepared_task import PreparedTask

_HINT = "take another model, or leave it out"


def check_carried(model: Model, prepared: PreparedTask, prompt: Prompt) -> None:
    """Raises TaskError where the Model cannot carry what the Task, or a conversation of its rows, needs."""
    missing = needs_of(prepared, prompt) - model.carries
    if missing:
        raise TaskError(_said(model, missing), where=prepared.task.task, hint=_HINT)


def refuse_uncarried(model: Model, request: Request) -> None:
    """The same of one request. Raises ModelError."""
    needs = request_needs(request)
    if needs and (missing := needs - model.carries):
        raise ModelError(_said(model, missing), kind="missing", hint=_HINT)


def needs_of(prepared: PreparedTask, prompt: Prompt) -> frozenset[Need]:
    """What a prompt, the parameters and the rows of a Task need of whoever is asked."""
    task = prepared.task
    is_ranked = task.scoring == "loglikelihood"
    schema = task.response_format if isinstance(task.response_format, ResponseSchema) else None
    reasoning = task.generate.reasoning if isinstance(task.generate, GenerateParams) else None
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
