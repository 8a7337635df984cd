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
    from evalkit.core.gate import Gate, MetricSpec
    from evalkit.core.message import Message
    from evalkit.core.observations import Observations
    from evalkit.core.prompt import Prompt
    from evalkit.core.request import GenerateParams, Request
    from evalkit.core.response import Response
    from evalkit.core.sample import Sample
    from evalkit.core.score import Score
    from evalkit.core.subject import ModelSpec, Subject
    from evalkit.core.task import Task
    from evalkit.core.verdict import Verdict
    from evalkit.errors import EvalkitError, MetricError, ModelError, ScorerError
    from evalkit.gates.deciding.decider import Evidence
    from evalkit.metrics.base import BaseMetric
    from evalkit.metrics.metric import Metric, Table
    from evalkit.models.model import BaseModel, Model, ModelSettings
    from evalkit.scorers.base import BaseScorer
    from evalkit.scorers.scorer import Scorer

_HOMES = {
    "BaseMetric": "evalkit.metrics.base",
    "BaseModel": "evalkit.models.model",
    "BaseScorer": "evalkit.scorers.base",
    "Comparison": "evalkit.core.estimate",
    "Estimate": "evalkit.core.estimate",
    "EvalkitError": "evalkit.errors",
    "Evidence": "evalkit.gates.deciding.decider",
    "Gate": "evalkit.core.gate",
    "GenerateParams": "evalkit.core.request",
    "Message": "evalkit.core.message",
    "Metric": "evalkit.metrics.metric",
    "MetricError": "evalkit.errors",
    "MetricSpec": "evalkit.core.gate",
    "Model": "evalkit.models.model",
    "ModelError": "evalkit.errors",
    "ModelSettings": "evalkit.models.model",
    "ModelSpec": "evalkit.core.subject",
    "Observations": "evalkit.core.observations",
    "Prompt": "evalkit.core.prompt",
    "Request": "evalkit.core.request",
    "Response": "evalkit.core.response",
    "Results": "evalkit.api.results",
    "Sample": "evalkit.core.sample",
    "Score": "evalkit.core.score",
    "Scorer": "evalkit.scorers.scorer",
    "ScorerError": "evalkit.errors",
    "Subject": "evalkit.core.subject",
    "Table": "evalkit.metrics.metric",
    "Task": "evalkit.core.task",
    "Verdict": "evalkit.core.verdict",
    "aevaluate": "evalkit.api.evaluate",
    "compare": "evalkit.api.compare",
    "evaluate": "evalkit.api.evaluate",
    "load": "evalkit.api.compare",
}

__all__ = [
    "BaseMetric",
    "BaseModel",
    "BaseScorer",
    "Comparison",
    "Estimate",
    "EvalkitError",
    "Evidence",
    "Gate",
    "GenerateParams",
    "Message",
    "Metric",
    "MetricError",
    "MetricSpec",
    "Model",
    "ModelError",
    "ModelSettings",
    "ModelSpec",
    "Observations",
    "Prompt",
    "Request",
    "Response",
    "Results",
    "Sample",
    "Score",
    "Scorer",
    "ScorerError",
    "Subject",
    "Table",
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
