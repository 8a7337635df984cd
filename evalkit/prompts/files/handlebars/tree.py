"""The pieces of a Handlebars source as a tree, white space taken out as Handlebars takes it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.errors import TemplateError
from evalkit.prompts.files.handlebars.tags import Tag, tags_of


@dataclass
class Text:
    """Text, and what is left of it once white space beside tags is gone.

    Attributes:
        is_cut_left, is_cut_right: whether some is gone at this end.
    """

    written: str
    line: int
    kept: str = ""
    is_cut_left: bool = False
    is_cut_right: bool = False

    def __post_init__(self) -> None:
        self.kept = self.written


@dataclass
class Value:
    """A tag that writes something, or a comment, which writes nothing."""

    tag: Tag


@dataclass
class Block:
    """A block and, where it has one, what stands for it otherwise.

    Attributes:
        otherwise: None without ``{{else}}``; one Block alone of ``{{else if}}``, when ``is_chained``.
    """

    opened: Tag
    name: str
    body: list[Node] = field(default_factory=list)
    otherwise: list[Node] | None = None
    is_chained: bool = False
    else_tag: Tag | None = None
    closed: Tag | None = None


Node = Text | Value | Block


def tree_of(source: str) -> list[Node]:
    """The tree of a source. Raises TemplateError, with its line in ``where``, on blocks that do not match."""
    reader = _Reader(source)
    nodes = reader.nodes()
    if reader.ended is not None:
        raise _error(f"{reader.ended.source} closes nothing", reader.ended)
    check_names(nodes)
    return nodes


class _Reader:
    """Reads nodes up to the tag that ends them, which is then ``ended``."""

    def __init__(self, source: str) -> None:
        self._tags = tags_of(source)
        self.ended: Tag | None = None

    def nodes(self) -> list[Node]:
        found: list[Node] = []
        for tag in self._tags:
            match tag.kind:
                case "text":
                    found.append(Text(tag.text, tag.line))
                case "open":
                    found.append(self._block(tag, tag.text))
                case "else" | "close":
                    self.ended = tag
                    return found
                case _:
                    found.append(Value(tag))
        self.ended = None
        return found

    def _block(self, opened: Tag, text: str) -> Block:
        name = (text.split() or [""])[0]
        block = Block(opened, name)
        block.body = self.nodes()
        if self.ended is not None and self.ended.kind == "else":
            block.else_tag = self.ended
            if self.ended.text:
                inner = self._block(self.ended, self.ended.text)
                block.otherwise, block.is_chained, block.closed = [inner], True, inner.closed
                return block
            block.otherwise = self.nodes()
        return self._closed(block)

    def _closed(self, block: Block) -> Block:
        ended = self.ended
        if ended is None:
            raise _error(f"{block.opened.source} is never closed", block.opened)
        if ended.kind == "else":
            raise _error("a second {{else}}", ended)
        block.closed = ended
        return block


def check_names(nodes: Sequence[Node]) -> None:
    """Raises TemplateError where a block is closed by another name."""
    for node in nodes:
        if isinstance(node, Block):
            assert node.closed is not None
            if node.closed.text != node.name:
                raise _error(f"{node.closed.source} closes {node.opened.source}", node.closed)
            check_names(node.body)
            within = node.otherwise or []
            while len(within) == 1 and isinstance(within[0], Block) and within[0].opened.kind == "else":
                check_names(within[0].body)
                within = within[0].otherwise or []
            check_names(within)


def _error(what: str, tag: Tag) -> TemplateError:
    return TemplateError(what, where=str(tag.line))
