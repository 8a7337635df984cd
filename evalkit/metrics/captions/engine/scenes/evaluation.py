"""SPICE of many captions: parsed, merged and counted once for all its categories."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any
from zipfile import BadZipFile

from evalkit.errors import MetricError
from evalkit.metrics.captions.engine.scenes.categories import filters
from evalkit.metrics.captions.engine.scenes.jars import lexicon_jar, spice_jar
from evalkit.metrics.captions.engine.scenes.parser import SceneParser
from evalkit.metrics.captions.engine.scenes.scores import TupleCounts, count
from evalkit.metrics.captions.engine.scenes.synsets import Lexicon

#: Category to counts, or the reason why there are none.
Counted = Mapping[str, TupleCounts] | str

#: A candidate, a baseline and their companions ask for the same evaluations one after the other.
_KEPT = 4
_lately: OrderedDict[str, list[Counted]] = OrderedDict()
_lock = Lock()


def evaluate(
    parser: SceneParser, captions: Sequence[str], references: Sequence[Sequence[str]]
) -> list[Counted]:
    """Counts of each caption against its references; the last few evaluations are remembered.

    Raises MetricError where Java or a jar is missing.
    """
    text = json.dumps([repr(parser), captions, references])
    key = hashlib.sha256(text.encode()).hexdigest()
    with _lock:
        if key not in _lately:
            _lately[key] = _evaluate(parser, captions, references)
            while len(_lately) > _KEPT:
                _lately.popitem(last=False)
        _lately.move_to_end(key)
        return _lately[key]


def forget() -> None:
    """Let go of the evaluations that are remembered."""
    with _lock:
        _lately.clear()


def _evaluate(
    parser: SceneParser, captions: Sequence[str], references: Sequence[Sequence[str]]
) -> list[Counted]:
    try:
        lexicon, categories = Lexicon.open(lexicon_jar()), filters(spice_jar())
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise MetricError(
            f"the jars of SPICE cannot be read: {error}", hint="reinstall pycocoevalcap"
        ) from None
    parsed: Mapping[str, Any] = parser.parse(
        [*captions, *(reference for each in references for reference in each)]
    )

    def counted(caption: str, wanted: Sequence[str]) -> Counted:
        found = [parsed[text] for text in (caption, *wanted)]
        broken = next((each for each in found if isinstance(each, str)), None)
        if broken is not None:
            return broken
        own, *others = found
        return count(lexicon, categories, own, [each for other in others for each in other])

    return [counted(caption, wanted) for caption, wanted in zip(captions, references, strict=True)]
