"""Whether a prompt file declares the variables that its templates use, and uses those that it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import nodes

from evalkit.core.prompt_variable import PromptVariable
from evalkit.errors import TemplateError, did_you_mean
from evalkit.prompts.names import names_in
from evalkit.prompts.template import environment

#: What a template may name without declaring it: everything of a row, of a sample.
SPACES = frozenset({"row", "sample"})


def lines_of_names(source: str, first_line: int) -> dict[str, int]:
    """The names that a template expects, each with the line of the file that it first stands on.

    Args:
        first_line: the line of the file that the template begins on.
    """
    found: dict[str, int] = {}
    expected = names_in(source)
    for node in environment().parse(source).find_all(nodes.Name) if expected else ():
        if node.name in expected:
            line = first_line + node.lineno - 1
            found[node.name] = min(found.get(node.name, line), line)
    return found


def check_variables(
    file: Path, variables: Sequence[PromptVariable], used: Mapping[str, int], key: str
) -> None:
    """Raises TemplateError where a variable is used but not declared, or declared but not used.

    Args:
        used: name to the line that it stands on.
        key: what the declarations stand under, for messages.
    """
    declared = {each.name: each for each in variables}
    for name, line in sorted(used.items(), key=lambda each: each[1]):
        if name not in declared and name not in SPACES:
            what = f"the prompt uses {name!r}, which {key!r} does not declare"
            raise TemplateError(what, where=f"{file}:{line}", hint=_near(name, declared, "it declares"))
    for name, variable in declared.items():
        if name not in used:
            what = f"{key} declares {name!r}, which the prompt does not use"
            hint = _near(name, used, "it uses") + ", or remove it"
            raise TemplateError(what, where=f"{file}:{variable.line}", hint=hint)


def _near(name: str, known: Mapping[str, object], verb: str) -> str:
    near = did_you_mean(name, known)
    if near.startswith("did you mean"):
        return near
    return f"{verb} {', '.join(sorted(known)) or 'none'}"
