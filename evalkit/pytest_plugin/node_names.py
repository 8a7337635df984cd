"""Names of pytest's nodes: what tasks, models and samples are called, made fit for a node id."""

from __future__ import annotations

import re
from collections.abc import Container
from hashlib import sha256

#: Characters of a name that stand as they are; what is longer is cut.
MAX_CHARS = 200
_MARKED = re.compile(r"~[0-9a-f]{12}\Z")


def node_name(text: str, *, is_leaf: bool = False, taken: Container[str] = ()) -> str:
    """How a node is called: ``text`` itself where that can be told from every other name.

    What cannot (it would end the name early, does not print, is long, differs from another by white space
    alone, or is ``taken`` by a gate beside it) is escaped or cut, and a hash of the whole text is put behind
    it. No ordinary name ends like that, so two texts never have one name.

    Args:
        is_leaf: whether nothing stands behind it in a node id: pytest takes ``[`` in the middle for the
            beginning of a parameter.
        taken: names that mean something else under the same parent.
    """
    if _is_ordinary(text, is_leaf) and text not in taken:
        return text
    shown = "".join(map(_escaped, text[:MAX_CHARS])).replace("::", ":\\x3a").strip(" :")
    if not is_leaf:
        shown = shown.replace("[", "\\x5b")
    return f"{shown[:MAX_CHARS]}~{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _is_ordinary(text: str, is_leaf: bool) -> bool:
    return (
        0 < len(text) <= MAX_CHARS
        and text.isprintable()
        and text == text.strip(" :")
        and "  " not in text
        and "::" not in text
        and (is_leaf or "[" not in text)
        and not _MARKED.search(text)
    )


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
