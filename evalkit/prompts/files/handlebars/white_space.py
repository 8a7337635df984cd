"""Which white space of a Handlebars source is not written.

A block's tag, an ``{{else}}`` or a comment that stands alone on its line takes the line with it; ``~`` takes
all white space on its side. Checked against Handlebars 4.7.10, whose habit of leaving the indent before the
end of an ``{{else if}}`` chain is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.prompts.files.handlebars.tree import Block, Node, Text, Value

_ENDS_LINE = re.compile(r"\n\s*\Z")
_ONLY_SPACE = re.compile(r"\s*\Z")
_STARTS_LINE = re.compile(r"\s*?\r?\n")
_REST_OF_LINE = re.compile(r"[ \t]*\r?\n?")


def strip_all(nodes: Sequence[Node], *, is_root: bool = True) -> None:
    """Takes the white space out of the texts of a tree."""
    for index, node in enumerate(nodes):
        if isinstance(node, Block):
            _strip_block(nodes, index, node, is_root)
        elif isinstance(node, Value):
            _strip_value(nodes, index, node, is_root)


def _strip_value(nodes: Sequence[Node], index: int, node: Value, is_root: bool) -> None:
    if node.tag.strips_right:
        _cut_after(nodes, index, whole=True)
    if node.tag.strips_left:
        _cut_before(nodes, index, whole=True)
    if node.tag.kind == "comment" and _before(nodes, index, is_root) and _after(nodes, index, is_root):
        _cut_after(nodes, index)
        _cut_before(nodes, index)


def _strip_block(nodes: Sequence[Node], index: int, block: Block, is_root: bool) -> None:
    strip_all(block.body, is_root=False)
    strip_all(block.otherwise or (), is_root=False)
    first = _first_otherwise(block)
    assert block.closed is not None
    ends_alone = _before(first if first is not None else block.body, None, False)
    starts_alone = _after(block.body, None, False)
    if block.opened.strips_right:
        _cut_after(block.body, None, whole=True)
    if block.else_tag is not None and first is not None:
        if block.else_tag.strips_left:
            _cut_before(block.body, None, whole=True)
        if block.else_tag.strips_right:
            _cut_after(first, None, whole=True)
        if block.closed.strips_left:
            _cut_before(first, None, whole=True)
        if _before(block.body, None, False) and _after(first, None, False):
            _cut_before(block.body, None)
            _cut_after(first, None)
    elif block.closed.strips_left:
        _cut_before(block.body, None, whole=True)
    _strip_around(nodes, index, block, is_root, starts_alone, ends_alone)


def _strip_around(
    nodes: Sequence[Node], index: int, block: Block, is_root: bool, starts_alone: bool, ends_alone: bool
) -> None:
    assert block.closed is not None
    before, after = _before(nodes, index, is_root), _after(nodes, index, is_root)
    if block.closed.strips_right:
        _cut_after(nodes, index, whole=True)
    if block.opened.strips_left:
        _cut_before(nodes, index, whole=True)
    if starts_alone and before:
        _cut_after(block.body, None)
        _cut_before(nodes, index)
    if ends_alone and after:
        _cut_after(nodes, index)
        _cut_before(block.otherwise if block.otherwise is not None else block.body, None)


def _first_otherwise(block: Block) -> list[Node] | None:
    """What stands after the first ``{{else}}``."""
    if not block.is_chained:
        return block.otherwise
    link = (block.otherwise or [])[0]
    assert isinstance(link, Block)
    return link.body


def _before(nodes: Sequence[Node], index: int | None, is_root: bool) -> bool:
    """Whether nothing but white space stands before a node on its line; before the end for None."""
    at = len(nodes) if index is None else index
    if at == 0:
        return is_root
    node = nodes[at - 1]
    if not isinstance(node, Text):
        return False
    starts_source = at == 1 and is_root and _ONLY_SPACE.match(node.written) is not None
    return starts_source or _ENDS_LINE.search(node.written) is not None


def _after(nodes: Sequence[Node], index: int | None, is_root: bool) -> bool:
    """Whether nothing but white space stands after a node on its line; after the start for None."""
    at = -1 if index is None else index
    if at + 1 >= len(nodes):
        return is_root
    node = nodes[at + 1]
    if not isinstance(node, Text):
        return False
    ends_source = at + 2 == len(nodes) and is_root and _ONLY_SPACE.match(node.written) is not None
    return ends_source or _STARTS_LINE.match(node.written) is not None


def _cut_after(nodes: Sequence[Node], index: int | None, *, whole: bool = False) -> None:
    at = 0 if index is None else index + 1
    node = nodes[at] if at < len(nodes) else None
    if isinstance(node, Text):
        if whole:
            node.kept, node.is_cut_left = node.kept.lstrip(), True
        elif not node.is_cut_left:
            cut = _REST_OF_LINE.sub("", node.kept, count=1)
            node.is_cut_left, node.kept = cut != node.kept, cut


def _cut_before(nodes: Sequence[Node], index: int | None, *, whole: bool = False) -> None:
    at = len(nodes) - 1 if index is None else index - 1
    node = nodes[at] if at >= 0 else None
    if isinstance(node, Text):
        if whole:
            node.kept, node.is_cut_right = node.kept.rstrip(), True
        elif not node.is_cut_right:
            cut = node.kept.rstrip(" \t")
            node.is_cut_right, node.kept = cut != node.kept, cut
