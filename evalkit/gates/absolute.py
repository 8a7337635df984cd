"""``METRIC OP NUMBER``: a gate on the value of a metric, or on an end of its interval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isnan, nan
from typing import Any, ClassVar, Literal, Self, get_args

from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate, MetricSpec, Missing, near_number
from evalkit.core.text import seen
from evalkit.errors import TaskError, did_you_mean

Operator = Literal[">=", "<=", ">", "<", "=="]
#: What of a metric the gate looks at: its value, or an end of its interval.
Proof = Literal["value", "proven", "not disproven"]
#: Those that a gate names; the value needs no word.
_PROOFS: tuple[Proof, ...] = get_args(Proof)[1:]

_HINT = "write 'METRIC OP NUMBER', for example 'accuracy >= 0.8'"
_MISSING_WORST = re.compile(r"\s+missing\s+worst\s*$")
_FORM = re.compile(
    r"^\s*(?P<metric>[\w:./\-]+)\s*(?P<op>>=|<=|==|>|<)\s*(?P<number>\S+)(?P<proof>(?:\s+\S+)*)\s*$"
)

# For editors: what Python reads as a number that is one, and what may stand behind it.
_NUMBER = r"[-+]?(?:(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][-+]?\d+)?|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
_PROVEN = r"(?:\s+(?:proven|not\s+disproven|missing\s+worst))?"
_WORST = r"(?:\s+missing\s+worst)?"


@frozen
class AbsoluteGate(Gate):
    """``METRIC OP NUMBER``, decided on the point value; the interval is always shown.

    With ``proven`` or ``not disproven`` behind the number, an end of the 95 % interval decides; with
    ``missing worst`` the value with all answers that failed as bad as can be.
    """

    kind: ClassVar[str] = "absolute"
    decider: ClassVar[str] = "evalkit.gates.deciding.absolute:AbsoluteDecider"
    rules: ClassVar[Mapping[str, Any]] = {
        "not": {
            "properties": {"proof": {"enum": [*_PROOFS]}},
            "required": ["proof"],
            "anyOf": [
                {"properties": {"op": {"const": "=="}}, "required": ["op"]},
                {"properties": {"missing": {"const": "worst"}}, "required": ["missing"]},
            ],
        }
    }

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

    @classmethod
    def schema(cls, metric: str) -> Mapping[str, Any]:
        ordered, equal = rf"(?:>=|<=|>|<)\s*{_NUMBER}{_PROVEN}", rf"==\s*{_NUMBER}{_WORST}"
        return {
            "type": "string",
            "pattern": rf"^\s*{metric}\s*(?:{ordered}|{equal})\s*$",
            "description": "METRIC OP NUMBER, for example `accuracy >= 0.8`.",
        }

    @classmethod
    def parse(cls, value: Any, key: str = "gate") -> Self:
        """``"accuracy >= 0.55"``, ``"accuracy >= 0.55 proven"``, ``"accuracy >= 0.55 missing worst"``; of a
        metric with parameters a mapping of the fields, under ``absolute:``."""
        if isinstance(value, Mapping):
            return cls._of_fields(value, key)
        if not isinstance(value, str):
            raise TaskError(f"gate {seen(value)} cannot be read", hint=_HINT)
        claim, n_suffixes = _MISSING_WORST.subn("", value)
        match = _FORM.match(claim)
        if match is None:
            raise TaskError(f"gate {value!r} cannot be read", hint=_HINT)
        threshold, op = _threshold(value, match["number"]), match["op"]
        proof = _proof(value, " ".join(match["proof"].split()))
        missing: Missing = "worst" if n_suffixes else "left_out"
        gate = cls(MetricSpec(match["metric"]), op, threshold, proof, missing)  # type: ignore[arg-type]
        return gate._checked(value)

    @classmethod
    def _of_fields(cls, value: Mapping[str, Any], key: str) -> Self:
        lacking = next((name for name in ("metric", "op", "threshold") if name not in value), None)
        if lacking is not None:
            hint = "write 'absolute: {metric: {f1: {positive: spam}}, op: \">=\", threshold: 0.8}'"
            raise TaskError(f"absolute gate names no {lacking}", key=key, hint=hint)
        gate = super().parse(value, key)
        return gate._checked(gate.text)

    def _checked(self, written: str) -> Self:
        if isnan(self.threshold):
            raise TaskError(f"gate {written!r}: the threshold is not a number", hint=_HINT)
        if self.proof != "value" and self.op == "==":
            what = f"gate {written!r}: no interval proves that two numbers are equal"
            raise TaskError(what, hint="use >= or <=")
        if self.proof != "value" and self.missing == "worst":
            what = f"gate {written!r}: 'missing worst' goes by the value, {self.proof!r} by the interval"
            raise TaskError(what, hint="leave one of the two out")
        return self

    def values(self) -> dict[str, Any]:
        more: dict[str, str] = {} if self.proof == "value" else {"proof": self.proof}
        more |= {} if self.missing == "left_out" else {"missing": self.missing}
        return {"op": self.op, "threshold": self.threshold, **more}

    @classmethod
    def from_values(cls, metric: MetricSpec, values: Mapping[str, Any]) -> Self:
        more = values.get("proof", cls.proof), values.get("missing", cls.missing)
        return cls(metric, values["op"], float(values["threshold"]), *more)

    def check(self, low: float, high: float) -> None:
        if not low <= self.threshold <= high:
            what = f"gate {self.text!r}: {self.metric.label} lies in {low:g} .. {high:g}"
            raise TaskError(what, hint=near_number(self.threshold, low, high))


def _threshold(text: str, number: str) -> float:
    try:
        threshold = float(number)
    except ValueError:
        threshold = nan
    if isnan(threshold):
        raise TaskError(f"gate {text!r}: {number!r} is not a number", hint=_HINT)
    return threshold


def _proof(text: str, words: str) -> Proof:
    """What stands behind the number of a gate."""
    if not words:
        return "value"
    for proof in _PROOFS:
        if words == proof:
            return proof
    raise TaskError(
        f"gate {text!r}: {words!r} behind the number is unknown", hint=did_you_mean(words, _PROOFS)
    )
