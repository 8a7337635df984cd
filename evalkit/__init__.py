"""evalkit: evaluation and regression testing for language models, as a pytest plugin."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from evalkit.version import __version__ as __version__

if TYPE_CHECKING:
    from evalkit.api.compare import compare, load
    from evalkit.api.evaluate import aevaluate, evaluate
    from evalkit.api.results import Results
    from evalkit.core.estimate import Comparison, Estimate
    from evalkit.core.message import Message
    from evalkit.core.prompt import Prompt
    from evalkit.core.request import Request
    from evalkit.core.response import Response
    from evalkit.core.sample import Sample
    from evalkit.core.score import Score
    from evalkit.core.subject import ModelSpec, Subject
    from evalkit.core.task import Task
    from evalkit.core.verdict import Verdict
    from evalkit.errors import EvalkitError, ModelError, ScorerError

_HOMES = {
    "Comparison": "evalkit.core.estimate",
    "Estimate": "evalkit.core.estimate",
    "EvalkitError": "evalkit.errors",
    "Message": "evalkit.core.message",
    "ModelError": "evalkit.errors",
    "ModelSpec": "evalkit.core.subject",
    "Prompt": "evalkit.core.prompt",
    "Request": "evalkit.core.request",
    "Response": "evalkit.core.response",
    "Results": "evalkit.api.results",
    "Sample": "evalkit.core.sample",
    "Score": "evalkit.core.score",
    "ScorerError": "evalkit.errors",
    "Subject": "evalkit.core.subject",
    "Task": "evalkit.core.task",
    "Verdict": "evalkit.core.verdict",
    "aevaluate": "evalkit.api.evaluate",
    "compare": "evalkit.api.compare",
    "evaluate": "evalkit.api.evaluate",
    "load": "evalkit.api.compare",
}

__all__ = [
    "Comparison",
    "Estimate",
    "EvalkitError",
    "Message",
    "ModelError",
    "ModelSpec",
    "Prompt",
    "Request",
    "Response",
    "Results",
    "Sample",
    "Score",
    "ScorerError",
    "Subject",
    "Task",
    "Verdict",
    "aevaluate",
    "compare",
    "evaluate",
    "load",
]


def __getattr__(name: str) -> Any:
    """Public names arrive when first used, so that importing evalkit costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'evalkit' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
