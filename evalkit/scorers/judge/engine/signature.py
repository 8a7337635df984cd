"""What of a judge changes its scores, as text: who judges, how it is asked, by what standard."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from evalkit.core.canonical import canonical_json
from evalkit.scorers.judge.engine.criterion import Criterion
from evalkit.scorers.judge.engine.prompts import AGAIN, FORMAT, NOTICE, RANKED
from evalkit.scorers.judge.engine.template import JudgePrompt

#: Raised when the same words are put together differently, or the same answer is read differently.
_VERSION = 1


def prompt_hash(prompt: JudgePrompt) -> str:
    """12 hex digits over everything that a judge reads beside material and standard."""
    return _hash([_VERSION, prompt.prompt.text, NOTICE, FORMAT, RANKED, AGAIN])


def rubric_hash(criteria: Sequence[Criterion], *sources: str) -> str:
    """12 hex digits over the standard, and where a reference and an opponent come from."""
    each = [
        [one.name, one.rubric, scale_text(one), one.scale.levels if one.scale else ()] for one in criteria
    ]
    return _hash([each, *sources])


def scale_text(criterion: Criterion) -> str:
    """``1..5``, ``0..1/0.1``; ``yes/no`` where there are no grades."""
    scale = criterion.scale
    if scale is None:
        return "yes/no"
    return f"{scale.low:g}..{scale.high:g}" + ("" if scale.step == 1 else f"/{scale.step:g}")


def _hash(value: object) -> str:
    return sha256(canonical_json(value)).hexdigest()[:12]
