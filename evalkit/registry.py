"""One lazy registry for every plug-in point: ``module:Object`` strings, entry points, did-you-mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from evalkit.errors import UnknownNameError, did_you_mean


class Registry:
    """Names to objects, imported when first asked for.

    Args:
        kind: what the names name, for messages (``"metric"``).
        group: entry-point group that third parties extend (``"evalkit.metrics"``).
        builtin: name to ``"package.module:Object"``.
    """

    def __init__(self, kind: str, group: str, builtin: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = group
        self.builtin = dict(builtin)
        self._targets = dict(builtin)
        self._loaded: dict[str, Any] = {}
        self._has_entry_points = False

    def __contains__(self, name: str) -> bool:
        if name not in self._targets:
            self._add_entry_points()
        return name in self._targets

    def __iter__(self) -> Iterator[str]:
        self._add_entry_points()
        return iter(sorted(self._targets))

    def get(self, name: str) -> Any:
        """The object behind ``name``. Raises UnknownNameError with what is near it."""
        if name in self._loaded:
            return self._loaded[name]
        if name not in self:
            raise UnknownNameError(f"unknown {self.kind} {name!r}", mend=did_you_mean(name, self))
        module, _, attribute = self._targets[name].partition(":")
        loaded = getattr(import_module(module), attribute)
        self._loaded[name] = loaded
        return loaded

    def register(self, name: str, target: str) -> None:
        """Add ``name`` for this process; ``target`` is ``"package.module:Object"``."""
        self._targets[name] = target
        self._loaded.pop(name, None)

    def _add_entry_points(self) -> None:
        if self._has_entry_points:
            return
        self._has_entry_points = True
        from importlib.metadata import entry_points

        for point in entry_points(group=self.group):
            self._targets.setdefault(point.name, point.value)


#: Provider name (the part of a spec before the first slash or colon) -> factory ``(ModelSpec) -> Model``.
MODELS = Registry(
    "model provider",
    "evalkit.models",
    {
        "local": "evalkit.models.local:open_model",
        "llamacpp": "evalkit.models.llamacpp:open_model",
        "openai": "evalkit.models.openai:open_model",
        "python": "evalkit.models.python:open_model",
        "replay": "evalkit.models.replay:open_model",
    },
)

#: Scorer name -> class; its keyword arguments are the scorer's parameters.
SCORERS = Registry(
    "scorer",
    "evalkit.scorers",
    {
        "asserts": "evalkit.scorers.asserts:Asserts",
        "choice": "evalkit.scorers.choice:Choice",
        "choice_mass": "evalkit.scorers.choice_mass:ChoiceMass",
        "choice_norm": "evalkit.scorers.choice_norm:ChoiceNorm",
        "contains": "evalkit.scorers.contains:Contains",
        "exact_match": "evalkit.scorers.exact_match:ExactMatch",
        "json_fields": "evalkit.scorers.json_fields:JsonFields",
        "json_schema": "evalkit.scorers.json_schema:JsonSchema",
        "numeric": "evalkit.scorers.numeric:Numeric",
        "python": "evalkit.scorers.python:Python",
        "regex": "evalkit.scorers.regex:Regex",
        "similar": "evalkit.scorers.similar:Similar",
        "squad": "evalkit.scorers.squad:Squad",
        "squad_em": "evalkit.scorers.squad_em:SquadEm",
    },
)

#: Names that only a sample's ``assert:`` list knows -> scorer class; every scorer is an assertion too.
ASSERTIONS = Registry(
    "assertion",
    "evalkit.assertions",
    {
        "equals": "evalkit.scorers.exact_match:Equals",
        "max_chars": "evalkit.scorers.length:MaxChars",
        "max_tokens": "evalkit.scorers.length:MaxTokens",
        "min_chars": "evalkit.scorers.length:MinChars",
        "not_contains": "evalkit.scorers.contains:NotContains",
        "not_regex": "evalkit.scorers.regex:NotRegex",
        "one_of": "evalkit.scorers.exact_match:OneOf",
    },
)

#: Metric name -> class; its keyword arguments are the metric's parameters.
METRICS = Registry(
    "metric",
    "evalkit.metrics",
    {
        "acc_norm": "evalkit.metrics.accuracy:AccNorm",
        "accuracy": "evalkit.metrics.accuracy:Accuracy",
        "choice_mass": "evalkit.metrics.choice_mass:ChoiceMass",
        "completion_tokens": "evalkit.metrics.tokens:CompletionTokens",
        "bertscore_f1": "evalkit.metrics.similarity:BertscoreF1",
        "cost_usd": "evalkit.metrics.cost:CostUsd",
        "error_rate": "evalkit.metrics.error_rate:ErrorRate",
        "evaluate": "evalkit.metrics.evaluate:Evaluate",
        "f1": "evalkit.metrics.f1:F1",
        "f1_macro": "evalkit.metrics.f1:F1Macro",
        "f1_micro": "evalkit.metrics.f1:F1Micro",
        "group_em": "evalkit.metrics.groups:GroupEm",
        "group_parity": "evalkit.metrics.groups:GroupParity",
        "latency_p50_s": "evalkit.metrics.latency:LatencyP50",
        "latency_p95_s": "evalkit.metrics.latency:LatencyP95",
        "imported": "evalkit.metrics.imported:Imported",
        "mcc": "evalkit.metrics.mcc:Mcc",
        "mean": "evalkit.metrics.mean:Mean",
        "output_chars_mean": "evalkit.metrics.output_chars:OutputCharsMean",
        "pearson": "evalkit.metrics.correlation:Pearson",
        "precision": "evalkit.metrics.f1:Precision",
        "prompt_tokens": "evalkit.metrics.tokens:PromptTokens",
        "recall": "evalkit.metrics.f1:Recall",
        "similarity": "evalkit.metrics.similarity:Similarity",
        "spearman": "evalkit.metrics.correlation:Spearman",
        "squad_em": "evalkit.metrics.squad:SquadEm",
        "squad_f1": "evalkit.metrics.squad:SquadF1",
        "ttft_p50_s": "evalkit.metrics.latency:TtftP50",
    },
)
