"""WordNet's synonym sets of a word, from the data inside the METEOR jar that SPICE brings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

Synsets = frozenset[int]

_NONE: Synsets = frozenset()

#: WordNet's rules of detachment in its own order (nouns, verbs, adjectives): ending, what replaces it.
_ENDINGS = (
    *(("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh")),
    *(("men", "man"), ("ies", "y"), ("s", ""), ("ies", "y"), ("es", "e"), ("es", "")),
    *(("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""), ("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
)


class Lexicon:
    """Words to synonym sets, as SPICE looks them up.

    A word has the sets of itself and of its base form: irregular forms by WordNet's list of exceptions, all
    others by its rules of detachment (morphy, https://wordnet.princeton.edu/documentation/morphy7wn).

    Args:
        sets: word, with ``_`` for spaces, to the numbers of its synonym sets.
        bases: irregular form to its base forms.
    """

    def __init__(self, sets: Mapping[str, Synsets], bases: Mapping[str, list[str]]) -> None:
        self._sets = sets
        self._bases = bases
        self._found: dict[str, Synsets] = {}

    @staticmethod
    @cache
    def open(jar: Path) -> Lexicon:
        """The lexicon of a jar, read once in a process. Raises OSError, BadZipFile or KeyError."""
        with ZipFile(jar) as archive:
            words, forms = (
                archive.read(f"synonym/english.{name}").decode("utf-8").split("\n")
                for name in ("synsets", "exceptions")
            )
        # Two lines for each entry: the word and its sets, the base form and its irregular forms.
        sets = {word: frozenset(map(int, numbers.split())) for word, numbers in list(pairwise(words))[::2]}
        bases: dict[str, list[str]] = {}
        for base, line in list(pairwise(forms))[::2]:
            for form in line.split():
                bases.setdefault(form, []).append(base)
        return Lexicon(sets, bases)

    def synsets(self, word: str) -> Synsets:
        """The synonym sets of a word or phrase; empty where WordNet does not have it."""
        found = self._found.get(word)
        if found is None:
            key = word.strip().lower().replace(" ", "_")
            found = self._found[word] = self._sets.get(key, _NONE) | self._of_base(key)
        return found

    def _of_base(self, word: str) -> Synsets:
        bases = self._bases.get(word)
        if bases is not None:
            return _NONE.union(*(self._sets.get(base, _NONE) for base in bases))
        return self._sets.get(self._detached(word), _NONE)

    def _detached(self, word: str) -> str:
        if len(word) <= 2 or word.endswith("ss"):
            return word
        for ending, replacement in _ENDINGS:
            if word.endswith(ending):
                base = word[: -len(ending)] + replacement
                if base in self._sets:
                    return base
        return ""
