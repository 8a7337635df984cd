"""A Handlebars tree in Jinja: values, ``if``, ``unless``, ``each``, ``ifEquals``, ``unlessEquals``, ``json``.

What it writes asks the filters ``js_…`` of the environment how JavaScript shows and judges a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.prompts.files.handlebars.expressions import Scope, Word, refused, words_of
from evalkit.prompts.files.handlebars.tags import Tag
from evalkit.prompts.files.handlebars.tree import Block, Node, Text, Value

#: Helpers of dotprompt that stand between messages and parts, and those that this project has no use for.
STRUCTURE = ("role", "media")
_UNREAD = ("history", "section", "lookup", "log", "with", "each", "if", "unless", "ifEquals", "unlessEquals")
_HELPERS = frozenset({"json", *STRUCTURE, *_UNREAD})
_BRACE = re.compile(r"\{(?=[{%#]|\Z)")


def jinja_of(nodes: Sequence[Node], scope: Scope, *, is_begun: bool = False) -> str:
    """Nodes in Jinja. Raises TemplateError, with its line in ``where``, on what has no faithful form.

    Args:
        is_begun: whether something is written before them.
    """
    written = [node for node in nodes if not _is_nothing(node)]
    start = "" if is_begun else _added(written[:2], scope)
    return start + "".join(_node(node, scope) for node in written[2 if start else 0 :])


def _is_nothing(node: Node) -> bool:
    return (
        node.kept == "" if isinstance(node, Text) else isinstance(node, Value) and node.tag.kind == "comment"
    )


def _added(first: Sequence[Node], scope: Scope) -> str:
    """Two values that a text begins with; empty where it begins otherwise."""
    tags = [node.tag for node in first if isinstance(node, Value)]
    names = [words[0].source for tag in tags if len(words := words_of(tag.text, tag)) == 1]
    if len(names) < 2 or not _HELPERS.isdisjoint(names):
        return ""
    left, right = (scope.path(name, tag) for name, tag in zip(names, tags, strict=True))
    return f"{{{{ {left}|js_added({right}) }}}}"


def text_in_jinja(text: str) -> str:
    """A text that Jinja writes as it stands."""
    return _BRACE.sub('{{ "{" }}', text).replace("\r", r'{{ "\r" }}')


def _node(node: Node, scope: Scope) -> str:
    if isinstance(node, Text):
        return text_in_jinja(node.kept)
    return _block(node, scope) if isinstance(node, Block) else _value(node.tag, scope)


def _value(tag: Tag, scope: Scope) -> str:
    words = words_of(tag.text, tag)
    if not words or words[0].key is not None or words[0].literal is not None:
        raise refused(tag, "it names no field")
    name = words[0].source
    if name == "json":
        return _json(words[1:], tag, scope)
    if name in STRUCTURE:
        raise refused(tag, "it stands within a block")
    if name in _UNREAD:
        raise refused(tag, f"{name} is not read here")
    if len(words) > 1:
        raise refused(tag, f"there is no helper {name!r}")
    return f"{{{{ {scope.path(name, tag)}|js_text }}}}"


def _json(words: Sequence[Word], tag: Tag, scope: Scope) -> str:
    what = [each for each in words if each.key is None]
    options = {each.key: each.source for each in words if each.key is not None}
    if len(what) != 1 or set(options) - {"indent"}:
        raise refused(tag, "json takes one value, and indent=")
    indent = options.get("indent", "0")
    if not indent.isdecimal() or int(indent) > 10:
        raise refused(tag, "indent is not a number from 0 to 10")
    return f"{{{{ {scope.expression(what[0], tag)}|js_json({indent}) }}}}"


def _block(block: Block, scope: Scope) -> str:
    tag = block.opened
    words = words_of(tag.text, tag)
    if not words:
        raise refused(tag, "it has no name")
    arguments = words[1:]
    if any(each.key is not None for each in arguments):
        raise refused(tag, "its options are not read")
    match block.name, len(arguments):
        case "if" | "unless", 1:
            condition = f"{scope.expression(arguments[0], tag)}|js_true"
        case "ifEquals" | "unlessEquals", 2:
            first, second = (scope.expression(each, tag) for each in arguments)
            condition = f"{first}|js_same({second})"
        case "each", 1:
            return _each(block, arguments[0], scope)
        case _:
            raise refused(tag, f"the block {block.name!r} with {len(arguments)} arguments is not read")
    condition = f"not ({condition})" if block.name.startswith("unless") else condition
    otherwise = "" if block.otherwise is None else f"{{% else %}}{jinja_of(block.otherwise, scope)}"
    return f"{{% if {condition} %}}{jinja_of(block.body, scope)}{otherwise}{{% endif %}}"


def _each(block: Block, word: Word, scope: Scope) -> str:
    values = scope.expression(word, block.opened)
    level = len(scope.levels)
    scope.levels.append(f"_each{level}")
    body = jinja_of(block.body, scope)
    scope.levels.pop()
    # Only within a loop of its own can an item be what the item around it is.
    around = f"(_each{level - 1})" if level > 1 and level in scope.climbed else ""
    otherwise = "" if block.otherwise is None else f"{{% else %}}{jinja_of(block.otherwise, scope)}"
    return (
        f"{{% for _each{level}, _key{level} in {values}|js_entries{around} %}}{body}{otherwise}{{% endfor %}}"
    )
