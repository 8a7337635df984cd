"""Names that may stand for a file or a folder: ids of runs, names of processes."""

from __future__ import annotations

import re

#: No separator, no leading dot: such a name cannot lead out of the folder that it is put in.
_FORM = re.compile(r"\w[\w.\-]*")
_MOST_BYTES = 150


def is_plain_name(text: object) -> bool:
    """Whether ``text`` is made of letters, digits, ``-``, ``_`` and ``.``, and is no longer than a name."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return False
    return len(text.encode("utf-8", "replace")) <= _MOST_BYTES
