"""``*.prompt``: Google's dotprompt, of which what has a faithful form in Jinja is read.

The rules are those of the package dotprompt 1.1.2 with Handlebars 4.7: text before the first ``{{role}}`` is
the user's, a message that is blank is left out, white space within one stays. What needs more than a row
gives (history, sections, partials, tools, output schemas) is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.message import MediaKind
from evalkit.core.prompt import Prompt, PromptPart, PromptTurn, Role
from evalkit.core.text import seen
from evalkit.errors import TemplateError
from evalkit.prompts.files.generation import parameters_of
from evalkit.prompts.files.handlebars.expressions import Scope, refused, words_of
from evalkit.prompts.files.handlebars.tags import Tag
from evalkit.prompts.files.handlebars.translate import jinja_of, text_in_jinja
from evalkit.prompts.files.handlebars.tree import Node, Text, Value, tree_of
from evalkit.prompts.files.handlebars.white_space import strip_all
from evalkit.prompts.files.head import Head
from evalkit.prompts.files.picoschema import variables_of
from evalkit.prompts.files.variables import check_variables

_KEYS = (
    "name", "variant", "description", "version", "model", "config", "input", "output", "tools", "metadata",
    "ext",
)  # fmt: skip
_ROLES: dict[str, Role] = {"system": "system", "user": "user", "model": "assistant"}
_MARKER = "<<<dotprompt:"

Message = tuple[Role, list[Node], int]


def read_dotprompt(text: str, head: Head, name: str) -> Prompt:
    """The prompt of a source with a head. Raises TemplateError with file and line."""
    head.refuse_unknown([*_KEYS, *(key for key in head.values if "." in key)])
    _refuse_other(head)
    scope = Scope()
    try:
        nodes = tree_of(head.body.strip())
        strip_all(nodes)
        is_begun = bool(nodes) and _role(nodes[0]) is not None
        messages = _messages(nodes)
        turns = tuple(_turn(*each, scope, is_begun or at > 0) for at, each in enumerate(messages))
    except TemplateError as error:
        if (error.where or "").isdigit():
            error.where = f"{head.file}:{head.body_line + _first_line(head) + int(error.where or 1) - 1}"
        raise
    offset = head.body_line + _first_line(head) - 1
    used = {each: line + offset for each, line in scope.used.items()}
    variables = variables_of(head, used)
    if variables is not None:
        check_variables(head.file, variables, used, "input.schema")
    has_roles = any(_call(node) in ("role", "media") for node in nodes)
    parameters = parameters_of(head, ("config",))
    return Prompt(
        head.name(name), text, turns, has_roles,
        description=head.text("description"), variables=variables, parameters=parameters, file=head.file,
    )  # fmt: skip


def _refuse_other(head: Head) -> None:
    """Raises TemplateError where the file asks for what a prompt alone cannot give."""
    if head.get("tools"):
        head.fail("tools of a prompt are not read", "tools", hint="write them as the task's 'tools:'")
    output = head.mapping("output")
    if output.get("schema") is not None or output.get("format") not in (None, "text"):
        hint = "write it as the task's 'response_format:'"
        head.fail("output, which asks for JSON, is not read", "output", hint=hint)
    head.mapping("input")
    if _MARKER in head.body:
        raise TemplateError(f"the text holds {_MARKER!r}", where=f"{head.file}:{head.body_line}")


def _first_line(head: Head) -> int:
    """Lines before the text, which go."""
    return head.body.count("\n", 0, len(head.body) - len(head.body.lstrip()))


def _messages(nodes: Sequence[Node]) -> list[Message]:
    """Role, nodes and line of each message that is not blank."""
    found: list[Message] = [("user", [], 1)]
    for node in nodes:
        role = _role(node)
        if role is None:
            found[-1][1].append(node)
        elif _is_blank(found[-1][1]):
            found[-1] = (role, [], _tag(node).line)
        else:
            found.append((role, [], _tag(node).line))
    kept = [each for each in found if not _is_blank(each[1])]
    if not kept:
        raise TemplateError("the prompt has front matter and no text", where="1")
    return kept


def _tag(node: Node) -> Tag:
    assert isinstance(node, Value)
    return node.tag


def _call(node: Node) -> str:
    """The helper that a tag calls; empty where it is none."""
    return (node.tag.text.split() or [""])[0] if isinstance(node, Value) and node.tag.kind == "value" else ""


def _role(node: Node) -> Role | None:
    """The role that a tag opens; None of another node."""
    if _call(node) != "role":
        return None
    tag = _tag(node)
    words = words_of(tag.text, tag)
    name = words[1].literal if len(words) == 2 and words[1].key is None else None
    if name is None:
        raise refused(tag, 'a role is written {{role "user"}}')
    if name not in _ROLES:
        raise refused(tag, f"the role {seen(name)} is not read", hint=f"known: {', '.join(_ROLES)}")
    return _ROLES[name]


def _is_blank(nodes: Sequence[Node]) -> bool:
    return all(
        (isinstance(node, Text) and not node.kept.strip())
        or (isinstance(node, Value) and node.tag.kind == "comment")
        for node in nodes
    )


def _turn(role: Role, nodes: list[Node], line: int, scope: Scope, is_begun: bool) -> PromptTurn:
    is_sure = any(isinstance(node, Text) and node.kept.strip() for node in nodes)
    if not any(_call(node) == "media" for node in nodes):
        return PromptTurn(role, _source(nodes, scope, is_begun), is_optional=not is_sure, line=line)
    parts: list[PromptPart] = []
    piece: list[Node] = []
    for node in [*nodes, None]:
        if node is not None and _call(node) != "media":
            piece.append(node)
            continue
        if not _is_blank(piece):
            parts.append(PromptPart("text", _source(piece, scope, is_begun or bool(parts))))
        piece = []
        if node is not None:
            parts.append(_media(_tag(node), scope))
    return PromptTurn(role, "", tuple(parts), is_optional=True, line=line)


def _source(nodes: Sequence[Node], scope: Scope, is_begun: bool) -> str:
    """Jinja drops one line break at the end of a template: one more stands there."""
    source = jinja_of(nodes, scope, is_begun=is_begun)
    return f"{source}\n" if source.endswith("\n") else source


def _media(tag: Tag, scope: Scope) -> PromptPart:
    options = {each.key: each for each in words_of(tag.text, tag)[1:]}
    if None in options or "url" not in options or set(options) - {"url", "contentType"}:
        raise refused(tag, 'media is written {{media url=FIELD contentType="image/png"}}')
    url = options["url"]
    source = scope.expression(url, tag)
    source = text_in_jinja(url.literal) if url.literal is not None else f"{{{{ {source} }}}}"
    said = options.get("contentType")
    if said is not None and said.literal is None:
        raise refused(tag, "its contentType is not a text in quotes")
    media_type = said.literal if said is not None else None
    return PromptPart(_kind(media_type), source, media_type)


def _kind(media_type: str | None) -> MediaKind:
    """Without a type an image is expected; bytes of another kind are then refused."""
    family = (media_type or "image/").partition("/")[0]
    return "image" if family == "image" else "audio" if family == "audio" else "file"
