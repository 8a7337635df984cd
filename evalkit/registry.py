"""One lazy registry for every plug-in point: ``module:Object`` strings, entry points, did-you-mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from evalkit.errors import EvalkitError, UnknownNameError, did_you_mean


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
        try:
            loaded = getattr(import_module(module), attribute)
        except EvalkitError:
            raise
        except Exception as error:  # of the package that brings it
            what = f"{self.kind} {name!r} cannot be loaded: {type(error).__name__}: {error}"
            raise UnknownNameError(what, mend=f"mend or remove the package that brings {module}") from None
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
        "case_insensitive_str_match": "evalkit.scorers.case_insensitive_str_match:CaseInsensitiveStrMatch",
        "choice": "evalkit.scorers.choice:Choice",
        "choice_mass": "evalkit.scorers.choice_mass:ChoiceMass",
        "choice_norm": "evalkit.scorers.choice_norm:ChoiceNorm",
        "code": "evalkit.scorers.code:Code",
        "contains": "evalkit.scorers.contains:Contains",
        "exact_match": "evalkit.scorers.exact_match:ExactMatch",
        "exact_str_match": "evalkit.scorers.exact_str_match:ExactStrMatch",
        "flexible_extract": "evalkit.scorers.flexible_extract:FlexibleExtract",
        "ifeval": "evalkit.scorers.ifeval:Ifeval",
        "ifeval_loose": "evalkit.scorers.ifeval_loose:IfevalLoose",
        "json_fields": "evalkit.scorers.json_fields:JsonFields",
        "json_schema": "evalkit.scorers.json_schema:JsonSchema",
        "multiple_choice_brier": "evalkit.scorers.multiple_choice_brier:MultipleChoiceBrier",
        "multiple_choice_grade": "evalkit.scorers.multiple_choice_grade:MultipleChoiceGrade",
        "numeric": "evalkit.scorers.numeric:Numeric",
        "numeric_match_with_0_1_relative_error": (
            "evalkit.scorers.numeric_match_with_0_1_relative_error:NumericMatchWith01RelativeError"
        ),
        "python": "evalkit.scorers.python:Python",
        "regex": "evalkit.scorers.regex:Regex",
        "sequence_f1": "evalkit.scorers.sequence_f1:SequenceF1",
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
        "bertscore_f1": "evalkit.metrics.similarity:BertscoreF1",
        "best_of_k": "evalkit.metrics.pass_at_k:BestOfK",
        "bleu": "evalkit.metrics.bleu:Bleu",
        "bleu_1": "evalkit.metrics.bleu_coco:Bleu1",
        "bleu_2": "evalkit.metrics.bleu_coco:Bleu2",
        "bleu_3": "evalkit.metrics.bleu_coco:Bleu3",
        "bleu_4": "evalkit.metrics.bleu_coco:Bleu4",
        "calibration_multiple_choice_brier_score": (
            "evalkit.metrics.calibration:CalibrationMultipleChoiceBrierScore"
        ),
        "case_insensitive_str_match": "evalkit.metrics.bigbench:CaseInsensitiveStrMatch",
        "cer": "evalkit.metrics.wer:Cer",
        "choice_mass": "evalkit.metrics.choice_mass:ChoiceMass",
        "chrf": "evalkit.metrics.chrf:Chrf",
        "cider": "evalkit.metrics.cider:Cider",
        "cider_d": "evalkit.metrics.cider:CiderD",
        "completion_tokens": "evalkit.metrics.tokens:CompletionTokens",
        "cost_usd": "evalkit.metrics.cost:CostUsd",
        "error_rate": "evalkit.metrics.error_rate:ErrorRate",
        "evaluate": "evalkit.metrics.evaluate:Evaluate",
        "exact_str_match": "evalkit.metrics.bigbench:ExactStrMatch",
        "expected_calibration_error": "evalkit.metrics.calibration:ExpectedCalibrationError",
        "f1": "evalkit.metrics.f1:F1",
        "f1_macro": "evalkit.metrics.f1:F1Macro",
        "f1_micro": "evalkit.metrics.f1:F1Micro",
        "group_em": "evalkit.metrics.groups:GroupEm",
        "group_parity": "evalkit.metrics.groups:GroupParity",
        "inst_level_loose_acc": "evalkit.metrics.ifeval:InstLevelLooseAcc",
        "inst_level_strict_acc": "evalkit.metrics.ifeval:InstLevelStrictAcc",
        "latency_p50_s": "evalkit.metrics.latency:LatencyP50",
        "latency_p95_s": "evalkit.metrics.latency:LatencyP95",
        "log_likelihood": "evalkit.metrics.log_likelihood:LogLikelihood",
        "majority": "evalkit.metrics.majority:Majority",
        "map": "evalkit.metrics.retrieval:Map",
        "imported": "evalkit.metrics.imported:Imported",
        "mcc": "evalkit.metrics.mcc:Mcc",
        "mean": "evalkit.metrics.mean:Mean",
        "meteor": "evalkit.metrics.meteor:Meteor",
        "mrr": "evalkit.metrics.retrieval:Mrr",
        "multiple_choice_grade": "evalkit.metrics.bigbench:MultipleChoiceGrade",
        "ndcg_at_k": "evalkit.metrics.retrieval:NdcgAtK",
        "normalized_aggregate_score": "evalkit.metrics.normalized_aggregate_score:NormalizedAggregateScore",
        "numeric_match_with_0_1_relative_error": "evalkit.metrics.bigbench:NumericMatchWith01RelativeError",
        "of_answer": "evalkit.metrics.of_answer:OfAnswer",
        "output_chars_mean": "evalkit.metrics.output_chars:OutputCharsMean",
        "pass_at_1": "evalkit.metrics.pass_at_k:PassAt1",
        "pass_at_k": "evalkit.metrics.pass_at_k:PassAtK",
        "pass_hat_k": "evalkit.metrics.pass_at_k:PassHatK",
        "pearson": "evalkit.metrics.correlation:Pearson",
        "precision": "evalkit.metrics.f1:Precision",
        "precision_at_k": "evalkit.metrics.retrieval:PrecisionAtK",
        "prompt_level_loose_acc": "evalkit.metrics.ifeval:PromptLevelLooseAcc",
        "prompt_level_strict_acc": "evalkit.metrics.ifeval:PromptLevelStrictAcc",
        "prompt_tokens": "evalkit.metrics.tokens:PromptTokens",
        "recall": "evalkit.metrics.f1:Recall",
        "recall_at_k": "evalkit.metrics.retrieval:RecallAtK",
        "refusal_rate": "evalkit.metrics.refusal_rate:RefusalRate",
        "rouge1": "evalkit.metrics.rouge:Rouge1",
        "rouge2": "evalkit.metrics.rouge:Rouge2",
        "rouge_l_coco": "evalkit.metrics.rouge_l_coco:RougeLCoco",
        "rouge_n": "evalkit.metrics.rouge:RougeN",
        "rougeL": "evalkit.metrics.rouge:RougeL",
        "rougeLsum": "evalkit.metrics.rouge:RougeLsum",
        "sequence_f1": "evalkit.metrics.bigbench:SequenceF1",
        "similarity": "evalkit.metrics.similarity:Similarity",
        "spearman": "evalkit.metrics.correlation:Spearman",
        "spice": "evalkit.metrics.spice:Spice",
        "spice_attribute": "evalkit.metrics.spice:SpiceAttribute",
        "spice_cardinality": "evalkit.metrics.spice:SpiceCardinality",
        "spice_color": "evalkit.metrics.spice:SpiceColor",
        "spice_object": "evalkit.metrics.spice:SpiceObject",
        "spice_relation": "evalkit.metrics.spice:SpiceRelation",
        "spice_size": "evalkit.metrics.spice:SpiceSize",
        "squad_em": "evalkit.metrics.squad:SquadEm",
        "squad_f1": "evalkit.metrics.squad:SquadF1",
        "ter": "evalkit.metrics.ter:Ter",
        "ttft_p50_s": "evalkit.metrics.latency:TtftP50",
        "wer": "evalkit.metrics.wer:Wer",
    },
)


def is_sample_metric(name: str) -> bool:
    """Whether a metric of this name gives one sample alone a value, and so may stand where a scorer may."""
    return name in METRICS and bool(getattr(METRICS.get(name), "has_sample_value", False))


def scorer_names() -> list[str]:
    """All names that may stand where a scorer may, for messages."""
    return sorted([*SCORERS, *filter(is_sample_metric, METRICS)])
