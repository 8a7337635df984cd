"""One lazy registry for every plug-in point: ``module:Object`` strings, entry points, did-you-mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from evalkit.errors import EvalkitError, UnknownNameError, did_you_mean


class Registry:
    """Names to objects, imported when first asked for.

    Args:
        kind: what the names name, for messages (``"metric"``).
        group: entry-point group that third parties extend (``"evalkit.metrics"``).
        package: where the built-in ones live (``"evalkit.metrics"``).
        builtin: name to ``"module:Object"`` within ``package``.
        members: what the engine reads of each class; one that lacks some of it is refused when it is loaded.
        base: the public class that has all of them.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        package: str,
        builtin: Mapping[str, str],
        members: Sequence[str] = (),
        base: str = "",
    ) -> None:
        self.kind = kind
        self.members = tuple(members)
        self._base = base
        self.group = group
        self.builtin = {name: f"{package}.{target}" for name, target in builtin.items()}
        self._targets = dict(self.builtin)
        self._loaded: dict[str, Any] = {}
        self._has_entry_points = False

    def __contains__(self, name: str) -> bool:
        if name not in self._targets:
            self._add_entry_points()
        return name in self._targets

    def __iter__(self) -> Iterator[str]:
        self._add_entry_points()
        return iter(sorted(self._targets))

    def check(self, name: str) -> None:
        """Raises UnknownNameError, with what is near it, for a name that is not known. Imports nothing."""
        if name not in self:
            raise UnknownNameError(f"unknown {self.kind} {name!r}", hint=did_you_mean(name, self))

    def get(self, name: str) -> Any:
        """The object behind ``name``. Raises UnknownNameError with what is near it."""
        if name in self._loaded:
            return self._loaded[name]
        self.check(name)
        try:
            found = loaded(self._targets[name])
        except EvalkitError:
            raise
        except Exception as error:  # of the package that brings it
            what = f"{self.kind} {name!r} cannot be loaded: {type(error).__name__}: {error}"
            module = self._targets[name].partition(":")[0]
            raise UnknownNameError(what, hint=f"fix or remove the package that brings {module}") from None
        self._require_members(name, found)
        self._loaded[name] = found
        return found

    def _require_members(self, name: str, found: Any) -> None:
        missing = [member for member in self.members if not hasattr(found, member)]
        if missing:
            what = f"{self.kind} {name!r} does not declare its {missing[0]!r}"
            raise UnknownNameError(what, hint=f"derive it from {self._base}, which has a default")

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


def loaded(target: str) -> Any:
    """The object that ``"package.module:Object"`` names. Raises what its import raises."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


# Members of the protocols Scorer and Metric that their classes have.
_OF_SCORERS = (
    "main", "kind", "bounds", "is_higher_better", "values", "gives_answer", "columns", "score",
    "bound",
)  # fmt: skip
_OF_METRICS = (
    "name", "kind", "unit", "role", "is_higher_better", "bounds", "scorers", "scorer", "reads", "main",
    "variant", "companions", "quantile", "reads_reviews", "reads_texts", "counts_failures",
    "has_sample_value", "has_cells", "has_expansion", "brief", "of_responses", "default_scorer", "readable",
    "table", "aggregate", "signature", "for_one_sample", "cells", "expansion",
)  # fmt: skip

#: Provider name (the part of a spec before the first slash or colon) -> factory ``(ModelSpec) -> Model``.
MODELS = Registry(
    "model provider",
    "evalkit.models",
    "evalkit.models",
    {
        "anthropic": "anthropic:open_model",
        "any": "any:open_model",
        "azure": "azure:open_model",
        "bedrock": "bedrock:open_model",
        "gemini": "gemini:open_model",
        "hf": "hf:open_model",
        "hf_inference": "hf_inference:open_model",
        "llamacpp": "llamacpp:open_model",
        "local": "local:open_model",
        "mistral": "mistral:open_model",
        "ollama": "ollama:open_model",
        "openai": "openai:open_model",
        "python": "python:open_model",
        "replay": "replay:open_model",
        "sagemaker": "sagemaker:open_model",
    },
)

#: Scorer name -> class; its keyword arguments are the scorer's parameters.
SCORERS = Registry(
    "scorer",
    "evalkit.scorers",
    "evalkit.scorers",
    {
        "asserts": "custom.asserts:Asserts",
        "case_insensitive_str_match": "match.case_insensitive_str_match:CaseInsensitiveStrMatch",
        "choice": "choice.choice:Choice",
        "choice_mass": "choice.choice_mass:ChoiceMass",
        "choice_norm": "choice.choice_norm:ChoiceNorm",
        "code": "code.code:Code",
        "contains": "match.contains:Contains",
        "exact_match": "match.exact_match:ExactMatch",
        "exact_str_match": "match.exact_str_match:ExactStrMatch",
        "flexible_extract": "match.flexible_extract:FlexibleExtract",
        "ifeval": "instructions.ifeval:Ifeval",
        "ifeval_loose": "instructions.ifeval_loose:IfevalLoose",
        "judge": "judge.judge:JudgeScorer",
        "json_fields": "structured.json_fields:JsonFields",
        "json_schema": "structured.json_schema:JsonSchema",
        "multiple_choice_brier": "choice.multiple_choice_brier:MultipleChoiceBrier",
        "multiple_choice_grade": "choice.multiple_choice_grade:MultipleChoiceGrade",
        "numeric": "match.numeric:Numeric",
        "numeric_match_with_0_1_relative_error": (
            "match.numeric_match_with_0_1_relative_error:NumericMatchWith01RelativeError"
        ),
        "python": "custom.python:Python",
        "regex": "match.regex:Regex",
        "sequence_f1": "match.sequence_f1:SequenceF1",
        "similar": "match.similar:Similar",
        "squad": "match.squad:Squad",
        "squad_em": "match.squad_em:SquadEm",
    },
    _OF_SCORERS,
    "evalkit.BaseScorer",
)

#: Names that only a sample's ``assert:`` list knows -> scorer class; every scorer is an assertion too.
ASSERTIONS = Registry(
    "assertion",
    "evalkit.assertions",
    "evalkit.scorers",
    {
        "equals": "match.exact_match:Equals",
        "max_chars": "match.length:MaxChars",
        "max_tokens": "match.length:MaxTokens",
        "min_chars": "match.length:MinChars",
        "not_contains": "match.contains:NotContains",
        "not_regex": "match.regex:NotRegex",
        "one_of": "match.exact_match:OneOf",
    },
    _OF_SCORERS,
    "evalkit.BaseScorer",
)

#: Gate kind -> class; how it is written in a task file and what it asks for.
GATES = Registry(
    "gate",
    "evalkit.gates",
    "evalkit.gates",
    {
        "absolute": "absolute:AbsoluteGate",
        "regression": "regression:RegressionGate",
    },
)

#: Metric name -> class; its keyword arguments are the metric's parameters.
METRICS = Registry(
    "metric",
    "evalkit.metrics",
    "evalkit.metrics",
    {
        "acc_norm": "classification.accuracy:AccNorm",
        "accuracy": "classification.accuracy:Accuracy",
        "bertscore_f1": "text.similarity:BertscoreF1",
        "best_of_k": "repeats.pass_at_k:BestOfK",
        "bleu": "text.bleu:Bleu",
        "bleu_1": "captions.bleu_coco:Bleu1",
        "bleu_2": "captions.bleu_coco:Bleu2",
        "bleu_3": "captions.bleu_coco:Bleu3",
        "bleu_4": "captions.bleu_coco:Bleu4",
        "calibration_multiple_choice_brier_score": (
            "classification.calibration:CalibrationMultipleChoiceBrierScore"
        ),
        "case_insensitive_str_match": "benchmarks.bigbench:CaseInsensitiveStrMatch",
        "cer": "text.wer:Cer",
        "choice_mass": "classification.choice_mass:ChoiceMass",
        "chrf": "text.chrf:Chrf",
        "cider": "captions.cider:Cider",
        "cider_d": "captions.cider:CiderD",
        "cohen_kappa": "agreement.cohen_kappa:CohenKappa",
        "completion_tokens": "operations.tokens:CompletionTokens",
        "cost_usd": "operations.cost:CostUsd",
        "cost_usd_mean": "operations.cost:CostUsdMean",
        "error_rate": "operations.error_rate:ErrorRate",
        "evaluate": "external.evaluate:Evaluate",
        "exact_str_match": "benchmarks.bigbench:ExactStrMatch",
        "expected_calibration_error": "classification.calibration:ExpectedCalibrationError",
        "f1": "classification.f1:F1",
        "f1_macro": "classification.f1:F1Macro",
        "f1_micro": "classification.f1:F1Micro",
        "group_em": "benchmarks.groups:GroupEm",
        "group_parity": "benchmarks.groups:GroupParity",
        "human_disagreement": "human.human_disagreement:HumanDisagreement",
        "human_pass_rate": "human.human_pass_rate:HumanPassRate",
        "human_preference": "human.human_preference:HumanPreference",
        "human_score": "human.human_score:HumanScore",
        "human_score_gap": "human.human_score_gap:HumanScoreGap",
        "inst_level_loose_acc": "benchmarks.ifeval:InstLevelLooseAcc",
        "inst_level_strict_acc": "benchmarks.ifeval:InstLevelStrictAcc",
        "judge_calls": "operations.judging:JudgeCalls",
        "judge_completion_tokens": "operations.judging:JudgeCompletionTokens",
        "judge_cost_usd": "operations.judging:JudgeCostUsd",
        "judge_error_rate": "operations.judging:JudgeErrorRate",
        "judge_prompt_tokens": "operations.judging:JudgePromptTokens",
        "krippendorff_alpha": "agreement.krippendorff_alpha:KrippendorffAlpha",
        "latency_p50_s": "operations.latency:LatencyP50",
        "latency_p95_s": "operations.latency:LatencyP95",
        "latency_p99_s": "operations.latency:LatencyP99",
        "log_likelihood": "graded.log_likelihood:LogLikelihood",
        "majority": "repeats.majority:Majority",
        "map": "retrieval.retrieval:Map",
        "imported": "external.imported:Imported",
        "mcc": "classification.mcc:Mcc",
        "mean": "graded.mean:Mean",
        "meteor": "captions.meteor:Meteor",
        "mrr": "retrieval.retrieval:Mrr",
        "multiple_choice_grade": "benchmarks.bigbench:MultipleChoiceGrade",
        "ndcg_at_k": "retrieval.retrieval:NdcgAtK",
        "normalized_aggregate_score": "benchmarks.normalized_aggregate_score:NormalizedAggregateScore",
        "numeric_match_with_0_1_relative_error": "benchmarks.bigbench:NumericMatchWith01RelativeError",
        "on_extracted_answer": "external.on_extracted_answer:OnExtractedAnswer",
        "output_chars_mean": "operations.output_chars:OutputCharsMean",
        "pass_at_1": "repeats.pass_at_k:PassAt1",
        "pass_at_k": "repeats.pass_at_k:PassAtK",
        "pass_hat_k": "repeats.pass_at_k:PassHatK",
        "pearson": "graded.correlation:Pearson",
        "position_consistency": "agreement.position_consistency:PositionConsistency",
        "precision": "classification.f1:Precision",
        "precision_at_k": "retrieval.retrieval:PrecisionAtK",
        "prompt_level_loose_acc": "benchmarks.ifeval:PromptLevelLooseAcc",
        "prompt_level_strict_acc": "benchmarks.ifeval:PromptLevelStrictAcc",
        "prompt_tokens": "operations.tokens:PromptTokens",
        "recall": "classification.f1:Recall",
        "recall_at_k": "retrieval.retrieval:RecallAtK",
        "truncated_rate": "operations.truncated_rate:TruncatedRate",
        "refusal_rate": "operations.refusal_rate:RefusalRate",
        "retries": "operations.attempts:Retries",
        "rouge1": "text.rouge:Rouge1",
        "rouge2": "text.rouge:Rouge2",
        "rouge_l_coco": "captions.rouge_l_coco:RougeLCoco",
        "rouge_n": "text.rouge:RougeN",
        "rougeL": "text.rouge:RougeL",
        "rougeLsum": "text.rouge:RougeLsum",
        "sequence_f1": "benchmarks.bigbench:SequenceF1",
        "similarity": "text.similarity:Similarity",
        "spearman": "graded.correlation:Spearman",
        "spent_usd": "operations.cost:SpentUsd",
        "spice": "captions.spice:Spice",
        "spice_attribute": "captions.spice:SpiceAttribute",
        "spice_cardinality": "captions.spice:SpiceCardinality",
        "spice_color": "captions.spice:SpiceColor",
        "spice_object": "captions.spice:SpiceObject",
        "spice_relation": "captions.spice:SpiceRelation",
        "spice_size": "captions.spice:SpiceSize",
        "squad_em": "text.squad:SquadEm",
        "squad_f1": "text.squad:SquadF1",
        "ter": "text.ter:Ter",
        "throttled": "operations.attempts:Throttled",
        "time_per_token_p50_s": "operations.speed:TimePerTokenP50",
        "tokens_per_second_p50": "operations.speed:TokensPerSecondP50",
        "ttft_p50_s": "operations.latency:TtftP50",
        "ttft_p95_s": "operations.latency:TtftP95",
        "wer": "text.wer:Wer",
    },
    _OF_METRICS,
    "evalkit.BaseMetric",
)


def is_sample_metric(name: str) -> bool:
    """Whether a metric of this name gives one sample alone a value, and so may stand where a scorer may."""
    return name in METRICS and bool(METRICS.get(name).has_sample_value)


def scorer_names() -> list[str]:
    """All names that may stand where a scorer may, for messages."""
    return sorted([*SCORERS, *filter(is_sample_metric, METRICS)])
