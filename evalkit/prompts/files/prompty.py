"""``*.prompty``: Microsoft's prompt files, of both layouts (model.parameters, and model.options).

The rules are those of the packages prompty 0.1.50 and 2.1.0: a line ``user:``, in any case and with ``#``
before it, opens a message; text before the first one is the system message. What cannot be asked exactly as
such a file asks is refused: mustache, attributes of roles, images in the text, tools, an inherited file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from evalkit.core.prompt import ROLES, Prompt, PromptTurn, Role
from evalkit.core.prompt_variable import PromptVariable
from evalkit.core.text import seen
from evalkit.errors import TemplateError
from evalkit.prompts.files.generation import parameters_of
from evalkit.prompts.files.head import Head
from evalkit.prompts.files.turns import used_names
from evalkit.prompts.files.variables import check_variables

_KEYS = (
    "$schema", "name", "displayName", "description", "version", "authors", "tags", "metadata", "model",
    "inputs", "outputs", "sample", "template", "tools",
)  # fmt: skip
_INPUT_KEYS = (
    "name", "kind", "type", "description", "default", "required", "is_required", "example", "sample",
    "nullable", "enumValues", "strict",
)  # fmt: skip
_ROLE_LINE = re.compile(
    r"\s*#?\s*(system|user|assistant|developer|function|tool)\s*(\[.*\])?\s*:\s*", re.IGNORECASE
)
_IMAGE = re.compile(r"!\[[^\]]*\]\(")
_RICH = ("image", "audio", "file", "thread")
_APIS = ("", "chat", "responses")
_SECRET = re.compile(r"key|secret|password|token", re.IGNORECASE)


def read_prompty(text: str, head: Head, name: str) -> Prompt:
    """The prompt of a source with a head. Raises TemplateError with file and line."""
    head.refuse_unknown(_KEYS)
    _refuse_other(head)
    turns = _turns(head)
    prompt = Prompt(head.name(name), text, turns, True)
    used = used_names(prompt, head)
    variables = _variables(head, used)
    if variables is not None:
        check_variables(head.file, variables, used, "inputs")
    parameters = parameters_of(head, ("model", "parameters"), ("model", "options"))
    return Prompt(
        prompt.name, text, turns, True,
        description=head.text("description"), variables=variables, parameters=parameters, file=head.file,
    )  # fmt: skip


def _refuse_other(head: Head) -> None:
    """Raises TemplateError where the file asks for what a prompt alone cannot give."""
    kind = _engine(head)
    if kind != "jinja2":
        what = f"template {seen(kind)} is not read, but jinja2 alone"
        head.fail(what, "template", hint="write the body in Jinja, and 'template: jinja2'")
    if head.get("tools"):
        head.fail("tools of a prompt are not read", "tools", hint="write them as the task's 'tools:'")
    api = head.text("model", "api") or head.text("model", "apiType")
    if api not in _APIS:
        head.fail(f"model api {seen(api)} is not read, but chat alone", "model", "api")
    is_first_layout = any(key in _model(head) for key in ("api", "configuration", "parameters"))
    if head.get("outputs") and not is_first_layout:
        hint = "write them as the task's 'response_format:'"
        head.fail("outputs, which ask for JSON, are not read", "outputs", hint=hint)
    for part in ("configuration", "connection"):
        for key, value in head.mapping("model", part).items() if part in _model(head) else ():
            if _SECRET.search(key) and isinstance(value, str) and value and not value.startswith("${"):
                hint = "write ${env:NAME}: what the file says is kept with the results"
                head.fail(f"model.{part}.{key} may hold a key in clear text", "model", part, key, hint=hint)


def _model(head: Head) -> Mapping[str, Any]:
    return {} if isinstance(head.get("model"), str) else head.mapping("model")


def _engine(head: Head) -> Any:
    """The template engine that the head names."""
    template = head.get("template")
    if not isinstance(template, Mapping):
        return template or "jinja2"
    form = template.get("format", template.get("type"))
    parser = template.get("parser")
    if (parser.get("kind") if isinstance(parser, Mapping) else parser) not in (None, "", "prompty"):
        return parser
    return (form.get("kind") if isinstance(form, Mapping) else form) or "jinja2"


def _turns(head: Head) -> tuple[PromptTurn, ...]:
    turns: list[PromptTurn] = []
    role: Role = "system"
    lines: list[str] = []
    is_named, first = False, 1
    for number, line in enumerate([*head.body.splitlines(keepends=True), None], 1):
        marker = None if line is None else _ROLE_LINE.fullmatch(line)
        if line is not None and marker is None:
            _refuse_image(line, head, number)
            lines.append(line)
            continue
        content = "".join(lines)
        if content.strip():
            skipped = len(content) - len(content.lstrip("\r\n"))
            turns.append(
                PromptTurn(role, content.strip("\r\n"), line=first + content.count("\n", 0, skipped))
            )
        elif is_named:
            _fail(f"the role {role!r} has no text", head, first - 1)
        if marker is not None:
            role, lines, is_named, first = _role(marker, head, number), [], True, number + 1
    if not turns:
        _fail("the prompt has front matter and no text", head, 1)
    return tuple(turns)


def _role(marker: re.Match[str], head: Head, number: int) -> Role:
    name = marker[1].lower()
    if marker[2]:
        _fail(f"the role line {marker[0].strip()!r} has attributes, which are not read", head, number)
    role = next((each for each in ROLES if each == name), None)
    if role is None:
        _fail(f"the role {name!r} is not read", head, number, f"known: {', '.join(ROLES)}")
    return role


def _refuse_image(line: str, head: Head, number: int) -> None:
    if _IMAGE.search(line):
        what = "the text shows an image, which one version of prompty sends and the other does not"
        _fail(what, head, number, "write the task's 'messages:' for images")


def _fail(what: str, head: Head, number: int, hint: str | None = None) -> NoReturn:
    raise TemplateError(what, where=f"{head.file}:{head.body_line + number - 1}", hint=hint)


def _variables(head: Head, used: Mapping[str, int]) -> tuple[PromptVariable, ...] | None:
    """The inputs, and of the sample what the template uses beside: a sample is not a default."""
    inputs, sample = head.get("inputs"), head.get("sample")
    if inputs is None and not isinstance(sample, Mapping):
        return None
    found = [_input(head, *each) for each in _entries(head)]
    names = {each.name for each in found}
    if isinstance(sample, Mapping):
        found += [
            PromptVariable(name, line=head.line("sample", name))
            for name in sample
            if name in used and name not in names
        ]
    return tuple(found)


def _entries(head: Head) -> list[tuple[Any, Any, tuple[str | int, ...]]]:
    """Name, value and place of each input: of a mapping, or of a list."""
    inputs = head.get("inputs")
    if not isinstance(inputs, list):
        return [(name, value, ("inputs", name)) for name, value in head.mapping("inputs").items()]
    return [
        (each.get("name") if isinstance(each, Mapping) else each, each, ("inputs", index))
        for index, each in enumerate(inputs)
    ]


def _input(head: Head, name: Any, value: Any, path: tuple[str | int, ...]) -> PromptVariable:
    if not isinstance(name, str) or not name.isidentifier():
        head.fail(f"input {seen(name)} is not a name", *path)
    line = head.line(*path)
    if not isinstance(value, Mapping):  # an example of it
        return PromptVariable(name, line=line)
    for key in value:
        if key not in _INPUT_KEYS:
            head.fail(
                f"input {name!r} has unknown key {key!r}", *path, hint=f"known: {', '.join(_INPUT_KEYS)}"
            )
    kind = value.get("kind", value.get("type"))
    if kind in _RICH:
        head.fail(f"input {name!r} is of kind {kind!r}, which is not read", *path)
    default = value.get("default")
    is_required = default is None and value.get("required", value.get("is_required")) is not False
    description = value.get("description")
    return PromptVariable(name, str(description or ""), default, is_required, line)
