"""Markdown as a small tree of elements, so that the page never parses anything that a Model wrote as HTML.

A node is a text, or ``{"tag": NAME, "children": [node, …]}``, with ``href`` (links), ``value`` (the number of
an item in an ordered list), ``level`` (headings), ``info`` (blocks of code) or ``align`` (cells of tables).

Nothing of a text is left out: HTML, definitions of links, entities, backslashes (which are mathematics more
often than escapes) and stars within a word (products) stay as they were written, and a text of which a letter
or a digit would be lost all the same is none of Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.tree import SyntaxTreeNode

#: A longer text is shown as it was written: a browser lays it out faster, and nobody reads its headings.
MOST_CHARS = 50_000
#: Where a link may lead. Others are shown and lead nowhere.
_SAFE_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_STARS = re.compile(r"^\*+")
_JOINED = re.compile(r"[A-Za-z0-9_()]")
_NOT_WORDS = re.compile(r"[\W_]+")

#: Types of nodes -> the element that shows them.
_TAGS = {"paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li"}
_SAME_TAGS = frozenset({"blockquote", "em", "strong", "s", "table", "thead", "tbody", "tr", "th", "td"})
_SWALLOWED = ("reference", "escape", "entity", "html_block", "html_inline")

Node = str | dict[str, Any]


def markdown_tree(text: str) -> list[Node] | None:
    """The blocks of ``text``, which has no hidden characters; None where it is to be shown as it was written:
    it is too long, or a part of it would be left out."""
    if len(text) > MOST_CHARS:
        return None
    from markdown_it.tree import SyntaxTreeNode

    blocks = list(_nodes(SyntaxTreeNode(_parser().parse(text)).children))
    return blocks if _words(text) == _words("".join(_written(blocks))) else None


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    parser.enable(["table", "strikethrough"]).disable(_SWALLOWED)
    parser.inline.ruler.at("emphasis", _emphasis)
    return parser


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Emphasis as Markdown has it, but for stars that join: ``2*3*4``, ``a**b``."""
    from markdown_it.rules_inline import emphasis

    before = state.src[max(state.pos - 4, 0) : state.pos].rstrip("*")[-1:]
    after = _STARS.sub("", state.src[state.pos : state.pos + 4])[:1]
    is_joint = state.src[state.pos] == "*" and _JOINED.match(before) and _JOINED.match(after)
    return not is_joint and emphasis.tokenize(state, silent)


def _words(text: str) -> str:
    return _NOT_WORDS.sub("", text)


def _written(nodes: Iterable[Node]) -> Iterator[str]:
    """What the text says, in its order."""
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        yield str(node.get("value", "")) + str(node.get("info") or "")
        yield from _written(node["children"])
        yield node.get("href", "") if not node.get("is_bare") else ""


def _nodes(children: list[SyntaxTreeNode]) -> Iterator[Node]:
    for child in children:
        # Paragraphs of a list without empty lines are hidden.
        if child.type == "inline" or child.hidden:
            yield from _nodes(child.children)
        else:
            yield _node(child)


def _node(node: SyntaxTreeNode) -> Node:
    kind = node.type
    if kind == "text":
        return node.content
    if kind in ("softbreak", "hardbreak"):
        # A Model that ends a line means it.
        return {"tag": "br", "children": []}
    if kind in ("fence", "code_block"):
        return {
            "tag": "pre",
            "info": node.info.strip() or None,
            "children": [node.content.removesuffix("\n")],
        }
    if kind == "code_inline":
        return {"tag": "code", "children": [node.content]}
    if kind == "hr":
        return {"tag": "hr", "children": []}
    if kind == "heading":
        return {"tag": "heading", "level": int(node.tag[1:]), "children": list(_nodes(node.children))}
    if kind in ("link", "image"):
        return _link(node)
    return _element(node)


def _element(node: SyntaxTreeNode) -> Node:
    tag = node.type if node.type in _SAME_TAGS else _TAGS[node.type]
    found: dict[str, Any] = {"tag": tag, "children": list(_nodes(node.children))}
    if tag == "li" and node.info:
        found["value"] = int(node.info)
    if align := re.fullmatch(r"text-align:(left|right|center)", str(node.attrs.get("style", ""))):
        found["align"] = align[1]
    return found


def _link(node: SyntaxTreeNode) -> Node:
    """A link, or an image as a link: the page loads nothing from elsewhere."""
    is_image = node.type == "image"
    address = str(node.attrs.get("src" if is_image else "href", ""))
    children: list[Node] = [node.content] if is_image else list(_nodes(node.children))
    if not _SAFE_LINK.match(address):
        return {"tag": "span", "children": [*children, f" ({address})"]}
    found: dict[str, Any] = {"tag": "a", "href": address, "children": children}
    return found | {"is_bare": True} if node.markup == "autolink" else found
