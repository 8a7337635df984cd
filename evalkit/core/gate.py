"""What a gate asks for: the contract of every kind of gate, and how a task writes one down.

A kind is a frozen dataclass in a file of its own in ``evalkit.gates``, named in ``evalkit.registry.GATES``.
Its decider tells how it is decided (``evalkit.gates.deciding.decider``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import field
from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, Self

from evalkit.core.forms import Written, read_fields
from evalkit.core.frozen import frozen
from evalkit.core.judge_condition import JudgeCondition
from evalkit.core.old_names import current_metric
from evalkit.core.slices import Slice, parse_by, shown_by
from evalkit.core.text import seen
from evalkit.errors import TaskError, UnknownNameError
from evalkit.registry import GATES

#: What becomes of answers that failed: left out, or as bad for the candidate as can be.
Missing = Literal["left_out", "worst"]

#: The kind that a text alone stands for.
_TEXT_KIND = "absolute"
#: Stored gates of the first two kinds are told apart by their keys, as every store has them.
_UNNAMED = ("absolute", "regression")


@frozen
class MetricSpec:
    """A metric by name with its parameters. ``label`` is its key in the store and in gates.

    Attributes:
        slice: the slice that it is computed over, also in the form of the store; None for all samples.
        by: what it is still to be sliced by, or None.
        written: the name as it was given; ``name`` is what the metric is called today.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    slice: Slice | None = None
    by: str | None = None
    written: str = field(init=False, default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "written", self.name)
        object.__setattr__(self, "name", current_metric(self.name))
        object.__setattr__(self, "slice", Slice.of(self.slice))

    @property
    def whole_label(self) -> str:
        """``f1`` or, with parameters, ``f1(positive=yes)``, without the slice."""
        if not self.params:
            return self.name
        return f"{self.name}({', '.join(f'{key}={_shown(value)}' for key, value in self.params.items())})"

    @property
    def part(self) -> str:
        """``[language=de]`` for a slice, ``[language]`` if it is still to be sliced; otherwise empty."""
        if self.slice is not None:
            return f"[{self.slice.text}]"
        return f"[{shown_by(self.by)}]" if self.by is not None else ""

    @property
    def label(self) -> str:
        """``f1(positive=yes)[language=de]``."""
        return f"{self.whole_label}{self.part}"

    @property
    def stored(self) -> list[Any]:
        """Plain values, for the store: ``MetricSpec(*stored)`` is the same one."""
        values: list[Any] = [self.name, dict(self.params)]
        return values if self.slice is None else [*values, self.slice.as_dict()]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else seen(value)


def parse_metric(value: Any, key: str = "metrics") -> MetricSpec:
    """``"f1"`` or ``{"f1": {"positive": "yes", "by": "language"}}`` -> MetricSpec."""
    spec = parse_entry(value, key)
    if "by" not in spec.params:
        return spec
    params = {name: each for name, each in spec.params.items() if name != "by"}
    return MetricSpec(spec.written, params, by=parse_by(spec.params["by"], f"{key}.{spec.written}.by"))


def parse_entry(value: Any, key: str = "metrics") -> MetricSpec:
    """The same where all parameters are the entry's own."""
    if isinstance(value, MetricSpec):
        return value
    if isinstance(value, str) and value.strip():
        return MetricSpec(value)
    name, params = _single(value, "a metric")
    return MetricSpec(name, params)


#: The notation of a metric with its parameters.
METRIC = Written(parse_metric, {"$ref": "#/$defs/metric"})


@frozen
class Gate(ABC):
    """A condition on one metric. A kind of gate is a subclass: a frozen dataclass of its parameters.

    Attributes:
        kind: the registry name, which is the word that task files use.
        is_compared: whether it compares the candidate with a baseline. Such gates are decided together at the
            end of the session, because they share alpha; others are decided with their own evaluation.
        decider: ``"package.module:Object"`` that decides it, imported when the first such gate is decided.
        rules: what the JSON Schema says beyond the fields.
        metric: the metric that it reads.
    """

    kind: ClassVar[str]
    is_compared: ClassVar[bool] = False
    decider: ClassVar[str]
    rules: ClassVar[Mapping[str, Any]] = {}

    metric: Annotated[MetricSpec, METRIC]

    @property
    @abstractmethod
    def text(self) -> str:
        """Its name in verdicts, reports and the store; unique among the gates of a task."""

    @classmethod
    def parse(cls, value: Any, key: str = "gate") -> Self:
        """Read it from a task file: by default a mapping of the fields, or only the metric. Raises TaskError
        at ``key`` or below it."""
        params = value if isinstance(value, Mapping) else {"metric": value}
        fields = read_fields(cls, params, key, f"{cls.kind} gate")
        if "metric" not in fields:
            hint = f"write '{cls.kind}: {{metric: accuracy}}'"
            raise TaskError(f"{cls.kind} gate names no metric", key=key, hint=hint)
        return cls(**fields)

    @classmethod
    def schema(cls, metric: str) -> Mapping[str, Any] | None:
        """JSON Schema of what ``parse`` reads; None stands for a mapping of the fields, by their annotations.

        Args:
            metric: regular expression of a metric's name, variant included.
        """
        return None

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """The parameters without the metric, as plain values for the store; ``from_values`` reads them."""

    @classmethod
    @abstractmethod
    def from_values(cls, metric: MetricSpec, values: Mapping[str, Any]) -> Self:
        """The gate whose ``values()`` these are."""

    def check(self, low: float, high: float) -> None:  # noqa: B027 - most gates can be met and missed
        """Check that a metric whose values lie from ``low`` to ``high`` can both meet and miss the gate.

        Raises TaskError if it cannot.
        """


@frozen
class ForeignGate(Gate):
    """A stored gate of a kind that is not installed here: kept as it was written, never decided."""

    kind: ClassVar[str] = "foreign"
    decider: ClassVar[str] = ""

    stored: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return f"{self.stored['kind']}({self.metric.label})"

    @classmethod
    def parse(cls, value: Any, key: str = "gate") -> Self:
        raise TaskError("a gate of a kind that is not installed cannot be written")

    def values(self) -> dict[str, Any]:
        return dict(self.stored)

    @classmethod
    def from_values(cls, metric: MetricSpec, values: Mapping[str, Any]) -> Self:
        return cls(metric, values)


#: The smallest share of both sides' samples that a compared gate is decided on.
MIN_COMMON = 0.5


@frozen
class GateLimits:
    """How whole an evaluation must be for its task's gates to be decided.

    Attributes:
        max_error_rate: share of failed responses above which every gate is ``error``.
        min_common: share of the samples of both sides, 0..1, that must be the same on both.
        max_truncated_rate: share of responses cut at ``max_tokens`` above which every gate is ``error``; None
            where there is no such limit.
    """

    max_error_rate: float = 0.01
    min_common: float = MIN_COMMON
    max_truncated_rate: float | None = None


#: Those of a task that says nothing and writes nothing freely.
DEFAULT_LIMITS = GateLimits()


@frozen
class GateRules:
    """The gates of a task that a session selected, the limits that they are decided under, and what those on
    a judge's scores ask of it."""

    gates: tuple[Gate, ...] = ()
    limits: GateLimits = DEFAULT_LIMITS
    judge: JudgeCondition | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the store; ``from_mapping`` reads them."""
        values: dict[str, Any] = {
            "gates": [_gate_object(gate) for gate in self.gates],
            "max_error_rate": self.limits.max_error_rate,
            "min_common": self.limits.min_common,
        }
        if self.judge is not None:
            values["judge"] = self.judge.as_dict()
        limit = self.limits.max_truncated_rate
        return values if limit is None else {**values, "max_truncated_rate": limit}

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> GateRules:
        """A gate of a kind that is not installed here is a ForeignGate."""
        gates = tuple(_gate_of(each) for each in values["gates"])
        limit = values.get("max_truncated_rate")
        shares = float(values["max_error_rate"]), float(values["min_common"])
        judge = values.get("judge")
        limits = GateLimits(*shares, None if limit is None else float(limit))
        return cls(gates, limits, None if judge is None else JudgeCondition.from_mapping(judge))


def _gate_object(gate: Gate) -> dict[str, Any]:
    kind = {} if gate.kind in _UNNAMED else {"kind": gate.kind}
    if isinstance(gate, ForeignGate):
        return gate.values()
    return {**kind, "metric": gate.metric.stored, **gate.values()}


def _gate_of(values: Mapping[str, Any]) -> Gate:
    kind = values.get("kind") or ("absolute" if "op" in values else "regression")
    metric = MetricSpec(*values["metric"])
    if kind not in GATES:
        return ForeignGate(metric, values)
    gate: Gate = GATES.get(kind).from_values(metric, values)
    return gate


def parse_gate(value: Any, key: str = "gate") -> Gate:
    """``"accuracy >= 0.55"``, or one kind with its parameters, ``{"regression": {"metric": …}}``; also
    with one value that the kind understands, ``{"regression": "accuracy"}``. Raises TaskError."""
    if isinstance(value, Gate):
        return value
    if isinstance(value, str):
        return _parsed(_TEXT_KIND, value, key)
    name, params = _single(value, "a gate")
    if name not in GATES:
        kinds = ", ".join(f"'{kind}: …'" for kind in GATES if kind != _TEXT_KIND)
        raise TaskError(f"unknown gate {name!r}", hint=f"write 'METRIC OP NUMBER' or {kinds}")
    return _parsed(name, params["value"] if set(params) == {"value"} else params, f"{key}.{name}")


def _parsed(kind: str, value: Any, key: str) -> Gate:
    try:
        gate: Gate = GATES.get(kind).parse(value, key)
    except UnknownNameError as error:  # the package that brings it is broken
        raise TaskError(error.what, key=key, hint=error.hint) from None
    return gate


def near_number(value: float, low: float, high: float) -> str:
    """A hint that names a near number which would do: percent where shares are asked for, the other sign."""
    shares = [value / 100] if isfinite(high) and high <= 1 else []
    near = [each for each in (*shares, -value) if low <= each < high and each != 0]
    return f"did you mean {near[0]:g}?" if near else f"give a number from {low:g} to {high:g}"


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
