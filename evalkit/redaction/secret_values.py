"""Credentials that are known by their values: found in any of the forms that messages give them."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

#: A shorter value is found in ordinary text by chance.
LEAST_CHARS = 8

_WORD = re.compile(r"[A-Za-z]{1,15}|[A-Z]?[a-z]{1,23}")
# A region (``eu-west-1``) or the name of a host: settings that stand in ordinary errors.
_SETTING = re.compile(
    r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.[a-z]{2,}|(?=.{1,11}$)[a-z]+(?:-[a-z0-9]+)+"
)
_NUMBER = re.compile(r"[-+]?[\d.,:_-]{1,15}")
_GONE = "…"
# How JSON may write a plain character when it need not: only the value itself can tell then.
_ESCAPES = (b"\\u00", b"\\/")


class SecretValues:
    """Values that no text may show, as they stand, percent-encoded, in Base64 and as in JSON."""

    def __init__(self, values: Iterable[str]) -> None:
        found = {form for value in values if len(value) >= LEAST_CHARS for form in _forms(value)}
        # The longest first: what holds another goes as a whole.
        self._forms = sorted(found, key=lambda form: (-len(form), form))
        needles = [form.encode("utf-8", "replace") for form in self._forms]
        self._needles = (*needles, *_ESCAPES) if needles else ()

    def is_in(self, text: str) -> bool:
        """Whether any of them is in ``text``."""
        return any(form in text for form in self._forms)

    def may_be_in(self, json_text: bytes) -> bool:
        """Whether any of them may be in a JSON text; never wrongly False. One ``in`` for each form."""
        return any(needle in json_text for needle in self._needles)

    def cut(self, text: str) -> str:
        """``text`` with ``…`` in the place of each."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, _GONE)
        return text

    def cut_all(self, value: Any) -> Any:
        """A JSON value with all its texts cut, names of fields too."""
        if isinstance(value, str):
            return self.cut(value)
        if isinstance(value, list):
            return [self.cut_all(entry) for entry in value]
        if isinstance(value, dict):
            return {self.cut(name): self.cut_all(entry) for name, entry in value.items()}
        return value


def secrets_of(value: str) -> Iterator[str]:
    """What of a variable's value must not be shown: the value, and each of several in it. A path, a number,
    an address or a word is none, or ordinary text would lose it."""
    parts = [value, value.strip(), *re.split(r"[\s,;]+", value)]
    if "://" in value:
        parts = [
            part for part in re.split(r"[/?&=#:@]+", value) if len(part) >= 16 and re.search(r"\d", part)
        ]
    yield from (part for part in dict.fromkeys(parts) if is_secret(part))


def is_beyond_doubt(value: str) -> bool:
    """Whether a secret is so long and mixed that a name which holds it must be refused."""
    return (
        len(value) >= 16 and re.search(r"\d", value) is not None and re.search(r"[A-Za-z]", value) is not None
    )


def is_secret(value: str) -> bool:
    """Whether a value is long and odd enough to be nothing else."""
    if len(value) < LEAST_CHARS or any(each.fullmatch(value) for each in (_WORD, _SETTING, _NUMBER)):
        return False
    return not _is_path(value)


def _is_path(value: str) -> bool:
    """A key in Base64 may begin with a slash too: a path begins with a folder that is there."""
    if re.match(r"~/|\.{1,2}/|[A-Za-z]:\\", value):
        return True
    return value.startswith("/") and os.path.isdir("/" + value[1:].partition("/")[0].partition(":")[0])


def _forms(value: str) -> Iterator[str]:
    yield value
    raw = value.encode("utf-8", "surrogateescape")
    for encoded in (quote(raw, safe=""), quote(raw), json.dumps(value)[1:-1]):
        yield from (encoded, re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), encoded))
    for shift in range(3):
        # The characters that only its own bits decide, at each place that it can have in what is encoded.
        first, last = -(-8 * shift // 6), 8 * (shift + len(raw)) // 6
        core = b64encode(bytes(shift) + raw).decode()[first:last]
        yield from (core, core.replace("+", "-").replace("/", "_"), quote(core, safe=""))
