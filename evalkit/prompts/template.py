"""Jinja templates over a row: strict about missing fields, sandboxed, fast where they are plain."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from typing import Any

from jinja2 import Template, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.runtime import Context as Frame

from evalkit.errors import EvalkitError, TemplateError, did_you_mean
from evalkit.files.border import reason_of
from evalkit.limits.patterns import BoundedPattern
from evalkit.prompts import growth, sandbox

Context = Mapping[str, Any]

#: Filter -> function of ``evalkit.prompts.javascript``.
_JAVASCRIPT = {
    "js_text": "text", "js_added": "added", "js_true": "is_true", "js_same": "is_same", "js_member": "member",
    "js_entries": "entries", "js_json": "json_text",
}  # fmt: skip
_MISSING_NAME = re.compile(r"^'(\w+)' is undefined$")


@cache
def environment() -> sandbox.Environment:
    """Jinja as its users know it, but undefined names are errors; unsafe attributes are refused, and so is
    what would take too much memory or time.

    Two filters are added: ``regex_replace(pattern, replacement)``, which lm-evaluation-harness has too, and
    ``compress(selectors)``, the entries of a list whose selector is true. Those of ``_JAVASCRIPT`` stand in
    what prompts for Handlebars become.
    """
    made = sandbox.environment()
    made.add_filter("regex_replace", _regex_replace)
    made.add_filter("compress", _compress)
    for name, function in _JAVASCRIPT.items():
        made.add_filter(name, partial(_in_javascript, function))
    return made


def _in_javascript(function: str, *values: Any) -> Any:
    for each in values:
        if isinstance(each, Undefined):
            str(each)  # raises, as it does everywhere else
    from evalkit.prompts import javascript  # for prompts that were written for Handlebars

    return getattr(javascript, function)(*values)


def _regex_replace(text: str, pattern: str, replacement: str) -> str:
    growth.refuse_long(len(text) * max(1, len(replacement)))
    return _pattern(pattern).replaced(text, replacement)


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> BoundedPattern:
    return BoundedPattern.of(pattern)


def _compress(values: Iterable[Any], selectors: Iterable[Any]) -> list[Any]:
    return list(itertools.compress(values, selectors))


def compile_text(source: str, where: str) -> Callable[[Context], str]:
    """A template as a function from a context to text.

    ``where`` names the template in errors (``suites/a.eval.yaml: prompt``). Both this and the function raise
    TemplateError: on bad syntax, on a field that the context does not have (it says which there are), and
    on anything that goes wrong while rendering.
    """
    tree = _parse(source, where)
    plain = _plain_parts(tree)
    if plain is not None:
        return _plain(plain, where)
    template = _compiled(tree, where)

    def text(context: Context) -> str:
        sandbox.start_meter()
        try:
            return sandbox.joined(template.root_render_func(_frame(template, context)))
        except Exception as error:
            raise _failed(error, _at(error, template, source, where), context) from None

    return text


def compile_value(source: str, where: str) -> Callable[[Context], Any]:
    """As ``compile_text``, but a template that is a single ``{{ expression }}`` gives its native value."""
    tree = _parse(source.strip(), where)
    expression = _single_expression(tree)
    if expression is None:
        return compile_text(source, where)
    if isinstance(expression, nodes.Name) and _is_field(expression):
        return _field(expression.name, where)
    assign = nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)
    template = _compiled(nodes.Template([assign], lineno=1), where)

    def value(context: Context) -> Any:
        sandbox.start_meter()
        try:
            frame = _frame(template, context)
            for _ in template.root_render_func(frame):
                pass
            result = frame.vars["result"]
            growth.weight(result)
            return str(result) if isinstance(result, Undefined) else result
        except Exception as error:
            raise _failed(error, where, context) from None

    return value


def _frame(template: Template, context: Context) -> Frame:
    # What Template.render does, without its ChainMap over the globals, which is 4/5 of the time.
    return template.new_context({**environment().globals, **context}, shared=True)


def _is_field(name: nodes.Name) -> bool:
    return name.name != "self" and name.name not in environment().globals


def _field(name: str, where: str) -> Callable[[Context], Any]:
    def value(context: Context) -> Any:
        try:
            return context[name]
        except KeyError:
            raise _missing_field(name, where, context) from None

    return value


def _parse(source: str, where: str) -> nodes.Template:
    try:
        tree = environment().parse(source)
        for kind, known in ((nodes.Filter, environment().filters), (nodes.Test, environment().tests)):
            for node in tree.find_all(kind):
                if node.name not in known:
                    what = f"template names the {kind.__name__.lower()} {node.name!r}, which is not there"
                    at = f"{where}, line {node.lineno}"
                    names = filter(str.isidentifier, known)
                    raise TemplateError(what, where=at, hint=did_you_mean(node.name, names))
    except TemplateSyntaxError as error:
        raise _unreadable(error, where) from None
    except EvalkitError:
        raise
    except Exception as error:
        raise TemplateError(f"template cannot be read: {reason_of(error)}", where=where) from None
    return tree


def _compiled(tree: nodes.Template, where: str) -> Template:
    try:
        return environment().from_string(sandbox.count_loops(tree))
    except TemplateSyntaxError as error:
        raise _unreadable(error, where) from None
    except Exception as error:  # what Python says of the code that Jinja made: too deep, too long
        raise TemplateError(f"template cannot be compiled: {reason_of(error)}", where=where) from None


def _unreadable(error: TemplateSyntaxError, where: str) -> TemplateError:
    return TemplateError(f"template cannot be read: {error.message}", where=f"{where}, line {error.lineno}")


def _plain_parts(tree: nodes.Template) -> list[nodes.TemplateData | nodes.Name] | None:
    """Literal text and plain ``{{ name }}`` in order, or None where the template holds more than that."""
    parts: list[nodes.TemplateData | nodes.Name] = []
    for output in tree.body:
        if not isinstance(output, nodes.Output):
            return None
        for part in output.nodes:
            if not (
                isinstance(part, nodes.TemplateData) or (isinstance(part, nodes.Name) and _is_field(part))
            ):
                return None
            parts.append(part)
    return parts


def _plain(parts: list[nodes.TemplateData | nodes.Name], where: str) -> Callable[[Context], str]:
    """Jinja builds a context, a frame and a generator for each call; a format string needs none of them."""
    form = "".join("{}" if isinstance(part, nodes.Name) else _braced(part.data) for part in parts).format
    names = [part.name for part in parts if isinstance(part, nodes.Name)]

    def text(context: Context) -> str:
        try:
            return form(*[str(sandbox.as_text(context[name])) for name in names])
        except KeyError:
            missing = next(name for name in names if name not in context)
            raise _missing_field(missing, where, context) from None
        except Exception as error:
            raise _failed(error, where, context) from None

    return text


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _single_expression(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return None
    parts = tree.body[0].nodes
    return parts[0] if len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData) else None


def _failed(error: Exception, where: str, context: Context) -> TemplateError:
    match = _MISSING_NAME.match(str(error)) if isinstance(error, UndefinedError) else None
    if match:
        return _missing_field(match[1], where, context)
    reason = (
        str(error) if not isinstance(error, RecursionError | MemoryError) and str(error) else reason_of(error)
    )
    return TemplateError(f"template failed: {reason}", where=where)


def _at(error: Exception, template: Template, source: str, where: str) -> str:
    """Where in a template of several lines an error came from."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == template.root_render_func.__code__.co_filename:
            line = template.get_corresponding_lineno(step.tb_lineno)
        step = step.tb_next
    return where if line is None or "\n" not in source.strip() else f"{where}, line {line}"


def _missing_field(name: str, where: str, context: Context) -> TemplateError:
    fields = ", ".join(sorted(map(str, context))) or "none"
    near = did_you_mean(name, map(str, context))
    hint = f"{near} fields: {fields}" if near.startswith("did you mean") else f"fields: {fields}"
    return TemplateError(f"template names field {name!r}, which is not there", where=where, hint=hint)
