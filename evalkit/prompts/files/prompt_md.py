"""``*.prompt.md``: a head with name, variables and parameters, and a Jinja template with role lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evalkit.core.prompt import Prompt
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.text import seen
from evalkit.prompts.files.head import Head
from evalkit.prompts.files.turns import parse_body, used_names
from evalkit.prompts.files.variables import check_variables

_KEYS = ("name", "description", "variables", "parameters", "metadata")
_VARIABLE_KEYS = ("description", "default", "required")
_HINT = "write a list of names, or NAME: {description: …, default: …, required: …}"


def read_prompt_md(text: str, head: Head, name: str) -> Prompt:
    """The prompt of a source with a head. Raises TemplateError with file and line."""
    head.refuse_unknown(_KEYS)
    head.mapping("metadata")
    prompt = parse_body(head, head.name(name))
    used = used_names(prompt, head)
    variables = _variables(head)
    if variables is not None:
        check_variables(head.file, variables, used, "variables")
    values = head.mapping("parameters")
    parameters = head.parameters(values, {key: ("parameters", key) for key in values})
    return replace(
        prompt,
        text=text,
        description=head.text("description"),
        variables=variables,
        parameters=parameters,
        file=head.file,
    )


def _variables(head: Head) -> tuple[PromptVariable, ...] | None:
    declared = head.get("variables")
    if declared is None:
        return None
    if isinstance(declared, list):
        return tuple(_named(head, index, name) for index, name in enumerate(declared))
    return tuple(_described(head, name, value) for name, value in head.mapping("variables").items())


def _named(head: Head, index: int, name: Any) -> PromptVariable:
    if not isinstance(name, str) or not name.isidentifier():
        head.fail(f"variable {seen(name)} is not a name", "variables", index, hint=_HINT)
    return PromptVariable(name, line=head.line("variables", index))


def _described(head: Head, name: str, value: Any) -> PromptVariable:
    path = ("variables", name)
    if not name.isidentifier():
        head.fail(f"variable {seen(name)} is not a name", *path, hint=_HINT)
    if value is not None and not isinstance(value, Mapping):
        head.fail(f"variable {name!r}: {seen(value)} is not a mapping", *path, hint=_HINT)
    head.refuse_unknown(_VARIABLE_KEYS, *path)
    values = head.mapping(*path)
    is_required = values.get("required", "default" not in values)
    if not isinstance(is_required, bool):
        head.fail(f"variable {name!r}: required {seen(is_required)} is not true or false", *path, "required")
    if is_required and "default" in values:
        hint = "remove one: what has a default need not be there"
        head.fail(f"variable {name!r} is required, and has a default", *path, "required", hint=hint)
    description = head.text(*path, "description")
    return PromptVariable(name, description, values.get("default"), is_required, head.line(*path))
