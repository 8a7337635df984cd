"""What a gate asks for; deciding it is the business of ``evalkit.gates``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isnan, nan
from typing import Annotated, Any, Literal, get_args

from evalkit.core.fitting import Bounds, Checked
from evalkit.core.forms import Key, Written, read_fields
from evalkit.core.old_names import current_metric
from evalkit.core.text import seen
from evalkit.errors import TaskError, did_you_mean

Operator = Literal[">=", "<=", ">", "<", "=="]
FailWhen = Literal["shown_below_zero", "shown_below_margin"]
#: What becomes of answers that failed: left out, or as bad for the candidate as can be.
Missing = Literal["left_out", "worst"]

#: What of a metric an absolute gate looks at: its value, or an end of its interval.
Proof = Literal["value", "proven", "not disproven"]
#: Those that a gate names; the value needs no word.
_PROOFS: tuple[Proof, ...] = get_args(Proof)[1:]

_FINITE = Bounds(above=-inf, below=inf, words="a number")
_MISSING_WORST = re.compile(r"\s+missing\s+worst\s*$")
_ABSOLUTE = re.compile(
    r"^\s*(?P<metric>[\w:./\-]+)\s*(?P<op>>=|<=|==|>|<)\s*(?P<number>\S+)(?P<proof>(?:\s+\S+)*)\s*$"
)


@dataclass(frozen=True)
class MetricSpec:
    """A metric by name with its parameters. ``label`` is its key in the store and in gates.

    Attributes:
        written: the name as it was given, where ``name`` is what it is called today.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    written: str = field(init=False, default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "written", self.name)
        object.__setattr__(self, "name", current_metric(self.name))

    @property
    def label(self) -> str:
        """``f1`` or, with parameters, ``f1(positive=yes)``."""
        if not self.params:
            return self.name
        return f"{self.name}({', '.join(f'{key}={_shown(value)}' for key, value in self.params.items())})"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else seen(value)


#: The notation of a metric with its parameters.
METRIC = Written(lambda value, key: parse_metric(value, key), {"$ref": "#/$defs/metric"})


@dataclass(frozen=True)
class AbsoluteGate:
    """``METRIC OP NUMBER``, decided on the point value; the interval is always shown.

    With ``proven`` or ``not disproven`` behind the number, an end of the 95 % interval decides; with
    ``missing worst`` the value with all answers that failed as bad as can be.
    """

    metric: MetricSpec
    op: Operator
    threshold: float
    proof: Proof = "value"
    missing: Missing = "left_out"

    @property
    def text(self) -> str:
        short = f"{self.threshold:g}"
        number = short if float(short) == self.threshold else repr(self.threshold)
        words = "" if self.proof == "value" else f" {self.proof}"
        words += " missing worst" if self.missing == "worst" else ""
        return f"{self.metric.label} {self.op} {number}{words}"


@dataclass(frozen=True)
class RegressionGate:
    """Candidate against baseline, paired on sample ids.

    Attributes:
        margin: the drop that is still acceptable, in units of the metric, >= 0.
        alpha: false-alarm rate of the gate, in (0, 0.5], before it is shared over the session.
        fail_when: what is to be shown before the gate fails: that the candidate is worse (and the drop that
            was seen reaches the margin), or that it is worse by more than the margin.
        is_two_sided: the candidate is to be neither worse nor better by the margin (equivalence).
        missing: what becomes of answers that failed.
    """

    metric: Annotated[MetricSpec, METRIC]
    margin: Annotated[float, _FINITE, Checked({"minimum": 0})] = 0.02
    alpha: Annotated[float, _FINITE, Checked({"exclusiveMinimum": 0, "maximum": 0.5})] = 0.05
    fail_when: FailWhen = "shown_below_zero"
    is_two_sided: Annotated[bool, Key("two_sided")] = False
    missing: Missing = "left_out"

    @property
    def text(self) -> str:
        return f"regression({self.metric.label})"


Gate = AbsoluteGate | RegressionGate

#: The smallest share of both sides' samples that a regression gate is decided on.
MIN_COMMON = 0.5


@dataclass(frozen=True)
class GateRules:
    """The gates of a task that a session selected, and what they are decided by.

    Attributes:
        max_error_rate: share of failed responses above which every gate is ``error``.
        min_common: share of the samples of both sides, 0..1, that must be the same on both.
    """

    gates: tuple[Gate, ...] = ()
    max_error_rate: float = 0.01
    min_common: float = MIN_COMMON

    @property
    def regressions(self) -> tuple[RegressionGate, ...]:
        return tuple(gate for gate in self.gates if isinstance(gate, RegressionGate))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the store; ``from_mapping`` reads them."""
        return {
            "gates": [_gate_object(gate) for gate in self.gates],
            "max_error_rate": self.max_error_rate,
            "min_common": self.min_common,
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> GateRules:
        gates = tuple(_gate_of(each) for each in values["gates"])
        return cls(gates, float(values["max_error_rate"]), float(values["min_common"]))


def _gate_object(gate: Gate) -> dict[str, Any]:
    metric = [gate.metric.name, dict(gate.metric.params)]
    if isinstance(gate, AbsoluteGate):
        more: dict[str, str] = {} if gate.proof == "value" else {"proof": gate.proof}
        more |= {} if gate.missing == "left_out" else {"missing": gate.missing}
        return {"metric": metric, "op": gate.op, "threshold": gate.threshold, **more}
    values = {"metric": metric, "margin": gate.margin, "alpha": gate.alpha}
    return {**values, "fail_when": gate.fail_when, "two_sided": gate.is_two_sided, "missing": gate.missing}


def _gate_of(values: Mapping[str, Any]) -> Gate:
    metric = MetricSpec(*values["metric"])
    if "op" in values:
        more = values.get("proof", AbsoluteGate.proof), values.get("missing", AbsoluteGate.missing)
        return AbsoluteGate(metric, values["op"], float(values["threshold"]), *more)
    return RegressionGate(
        metric,
        float(values["margin"]),
        float(values["alpha"]),
        values.get("fail_when", RegressionGate.fail_when),
        bool(values.get("two_sided", False)),
        values.get("missing", RegressionGate.missing),
    )


def parse_metric(value: Any, key: str = "metrics") -> MetricSpec:
    """``"f1"`` or ``{"f1": {"positive": "yes"}}`` -> MetricSpec."""
    if isinstance(value, MetricSpec):
        return value
    if isinstance(value, str) and value.strip():
        return MetricSpec(value)
    name, params = _single(value, "a metric")
    return MetricSpec(name, params)


def parse_gate(value: Any, key: str = "gate") -> Gate:
    """``"accuracy >= 0.55"``, ``"accuracy >= 0.55 proven"``, ``{"regression": {"metric": …, "margin": …}}``
    or, short for the latter, ``{"regression": "accuracy"}`` -> Gate."""
    if isinstance(value, AbsoluteGate | RegressionGate):
        return value
    if isinstance(value, str):
        return _parse_absolute(value)
    name, params = _single(value, "a gate")
    if name != "regression":
        raise TaskError(
            f"unknown gate {name!r}", hint="write 'METRIC OP NUMBER' or 'regression: {metric: …}'"
        )
    is_short = set(params) == {"value"}
    return _parse_regression({"metric": params["value"]} if is_short else params, f"{key}.regression")


def _parse_absolute(text: str) -> AbsoluteGate:
    claim, n_suffixes = _MISSING_WORST.subn("", text)
    match = _ABSOLUTE.match(claim)
    hint = "write 'METRIC OP NUMBER', for example 'accuracy >= 0.8'"
    if match is None:
        raise TaskError(f"gate {text!r} cannot be read", hint=hint)
    try:
        threshold = float(match["number"])
    except ValueError:
        threshold = nan
    if isnan(threshold):
        raise TaskError(f"gate {text!r}: {match['number']!r} is not a number", hint=hint)
    proof = _parse_proof(text, " ".join(match["proof"].split()))
    if proof != "value" and match["op"] == "==":
        raise TaskError(f"gate {text!r}: no interval proves that two numbers are equal", hint="use >= or <=")
    if proof != "value" and n_suffixes:
        hint = "leave one of the two out"
        raise TaskError(
            f"gate {text!r}: 'missing worst' goes by the value, {proof!r} by the interval", hint=hint
        )
    missing: Missing = "worst" if n_suffixes else "left_out"
    metric, op = MetricSpec(match["metric"]), match["op"]
    return AbsoluteGate(metric, op, threshold, proof, missing)  # type: ignore[arg-type]


def _parse_proof(text: str, words: str) -> Proof:
    """What stands behind the number of a gate."""
    if not words:
        return "value"
    for proof in _PROOFS:
        if words == proof:
            return proof
    raise TaskError(
        f"gate {text!r}: {words!r} behind the number is unknown", hint=did_you_mean(words, _PROOFS)
    )


def _parse_regression(params: Mapping[str, Any], key: str) -> RegressionGate:
    fields = read_fields(RegressionGate, params, key, "regression gate")
    if "metric" not in fields:
        hint = "write 'regression: {metric: accuracy}'"
        raise TaskError("regression gate names no metric", key=key, hint=hint)
    gate = RegressionGate(**fields)
    if gate.margin < 0:
        hint = f"give the drop that is acceptable, >= 0; did you mean {-gate.margin:g}?"
        raise TaskError(f"margin {gate.margin:g} is negative", key=f"{key}.margin", hint=hint)
    if not 0 < gate.alpha <= 0.5:
        is_percent = 1 <= gate.alpha <= 50
        hint = f"did you mean {gate.alpha / 100:g}?" if is_percent else "give a false-alarm rate such as 0.05"
        raise TaskError(f"alpha {gate.alpha:g} is outside (0, 0.5]", key=f"{key}.alpha", hint=hint)
    if gate.is_two_sided and not gate.margin:
        hint = "give the difference that is acceptable either way, for example 'margin: 0.02'"
        what = "two_sided needs a margin above 0: no two models are exactly alike"
        raise TaskError(what, key=f"{key}.two_sided", hint=hint)
    return gate


def _single(value: Any, what: str) -> tuple[str, Mapping[str, Any]]:
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, params),) = value.items()
        if not str(name).strip():
            raise TaskError(f"{what} has no name", hint="write a name, or one name with its parameters")
        if params is None:
            return str(name), {}
        if isinstance(params, Mapping):
            return str(name), dict(params)
        return str(name), {"value": params}
    raise TaskError(f"{seen(value)} is not {what}", hint="write a name, or one name with its parameters")
