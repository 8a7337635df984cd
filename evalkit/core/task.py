"""Dataset + default Prompt + Scorers + Metrics + Gates: the unit that is evaluated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.core.fewshot import FewShot, parse_fewshot
from evalkit.core.gate import MetricSpec, parse_gate, parse_metric
from evalkit.core.prompt import Prompt
from evalkit.core.quarantine import parse_quarantine_list
from evalkit.core.request import GenerateParams
from evalkit.core.text import shown, text_of
from evalkit.errors import TaskError, TemplateError

SCORINGS = ("generate", "loglikelihood")

_TEXT, _OPTIONAL_TEXT = ((str,), "a text"), ((str, type(None)), "a text")
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "id": _OPTIONAL_TEXT,
    "input": _OPTIONAL_TEXT,
    "group": _OPTIONAL_TEXT,
    "continuation": _OPTIONAL_TEXT,
    "preamble": _OPTIONAL_TEXT,
    "scoring": _TEXT,
    "description": _TEXT,
    "choice_delimiter": _TEXT,
    "max_error_rate": ((int, float), "a number"),
}


@dataclass(frozen=True)
class DatasetSpec:
    """Where rows come from.

    Exactly one of ``path`` (a dataset's path on the Hub, with ``name``, ``split``, ``revision``), ``file``
    (relative to the task file) and ``rows`` (inline ``samples:``) is set.
    """

    path: str | None = None
    name: str | None = None
    split: str = "test"
    revision: str | None = None
    file: str | None = None
    format: str | None = None
    rows: tuple[Mapping[str, Any], ...] | None = field(default=None, hash=False)
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """How the dataset is called in messages and reports."""
        if self.path is not None:
            return "/".join(part for part in (self.path, self.name, self.split) if part)
        return self.file if self.file is not None else "inline samples"


@dataclass(frozen=True)
class ScorerSpec:
    """A scorer by name with its parameters."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a ``*.eval.yaml`` says, checked. The same keywords make a Task in Python.

    Every field takes the plain value that YAML would give and holds the typed one afterwards:
    ``metrics=["accuracy"]`` becomes a tuple of MetricSpec. Raises TaskError with the offending ``key``.

    Attributes:
        task: unique name, the key in the store.
        dataset: DatasetSpec; ``samples=[…]`` (a list of mappings) is short for inline rows.
        id, input, target: Jinja templates over the row; absent ones read the field of that name.
        prompt: the default Prompt; absent, the input is the one user message.
        group: template for what Samples have in common (their question, their passage): metrics by group and
            clustered intervals read it.
        choices: labels, or a template that gives a list.
        continuation: template for the text that stands for a choice where choices are ranked and in few-shot
            examples; it sees the row and ``choice``, the label. Absent, the label itself.
        preamble: template for what stands before the few-shot examples and the prompt.
        scoring: ``generate``, or ``loglikelihood`` to rank the choices.
        choice_delimiter: stands between prompt and choice when choices are ranked (unless one of them
            brings white space), as lm-evaluation-harness does.
        max_error_rate: share of failed samples above which gates are ``error``.
        quarantine: asserted Samples that may fail until a date: ``sample``, ``until`` and ``reason`` of each.
        source: the file that the task was read from; relative data files start at its folder.
    """

    task: str
    dataset: DatasetSpec | Mapping[str, Any] | None = None
    samples: Sequence[Mapping[str, Any]] | None = None
    id: str | None = None
    input: str | None = None
    target: Any = None
    prompt: Any = None
    group: str | None = None
    choices: tuple[str, ...] | Sequence[str] | str | None = None
    continuation: str | None = None
    preamble: str | None = None
    scoring: str = "generate"
    fewshot: FewShot | Mapping[str, Any] | None = None
    generate: GenerateParams | Mapping[str, Any] = field(default_factory=GenerateParams)
    scorers: Sequence[Any] = ()
    metrics: Sequence[Any] = ()
    gates: Sequence[Any] = ()
    tags: Sequence[str] = ()
    description: str = ""
    choice_delimiter: str = " "
    max_error_rate: float = 0.01
    quarantine: Sequence[Any] = ()
    source: Path | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.task, str) or not self.task.strip():
            raise TaskError(f"task name {self.task!r} is not a text", key="task", mend="give a unique name")
        self._set("dataset", _dataset(self.dataset, self.samples))
        self._set("samples", None)
        self._set("prompt", _prompt(self.prompt))
        self._set("choices", _choices(self.choices))
        self._set("fewshot", parse_fewshot(self.fewshot))
        if not isinstance(self.generate, GenerateParams):
            self._set("generate", GenerateParams.from_mapping(_mapping(self.generate, "generate")))
        self._set(
            "scorers", tuple(_keyed("scorers", _scorer, value) for value in _list(self.scorers, "scorers"))
        )
        self._set(
            "metrics",
            tuple(_keyed("metrics", parse_metric, value) for value in _list(self.metrics, "metrics")),
        )
        self._set("gates", tuple(_keyed("gates", parse_gate, value) for value in _list(self.gates, "gates")))
        self._set("quarantine", parse_quarantine_list(_list(self.quarantine, "quarantine")))
        self._set("tags", tuple(map(_tag, _list(self.tags, "tags"))))
        self._check()

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check(self) -> None:
        for key, (kinds, kind) in _KINDS.items():
            value = getattr(self, key)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise TaskError(f"{key} {value!r} is not {kind}", key=key)
        if self.scoring not in SCORINGS:
            raise TaskError(
                f"scoring {self.scoring!r} is unknown", key="scoring", mend="known: " + ", ".join(SCORINGS)
            )
        if self.continuation is not None and self.choices is None:
            raise TaskError(
                "continuation words the choices, and there are none",
                key="continuation",
                mend="add 'choices: […]'",
            )
        if self.scoring == "loglikelihood" and self.choices is None:
            raise TaskError(
                "scoring loglikelihood has no choices to rank", key="scoring", mend="add 'choices: […]'"
            )
        if not 0 <= self.max_error_rate <= 1:
            raise TaskError(
                f"max_error_rate {self.max_error_rate!r} is not a share in 0..1", key="max_error_rate"
            )
        texts = [gate.text for gate in self.gates]
        for text in texts:
            if texts.count(text) > 1:
                raise TaskError(f"gate {text!r} stands twice", key="gates", mend="remove one")

    @property
    def metric_specs(self) -> tuple[MetricSpec, ...]:
        """The metrics asked for, then those that only gates name, without repeats."""
        specs = {spec.label: spec for spec in self.metrics}
        for gate in self.gates:
            specs.setdefault(gate.metric.label, gate.metric)
        return tuple(specs.values())

    @property
    def task_hash(self) -> str:
        """16 hex digits over what changes the task's numbers, the prompt, the data and the gates left out.

        Prompts have a hash of their own (they are under test), and so has the dataset's content.
        """
        assert isinstance(self.generate, GenerateParams)
        identity = {
            "id": self.id,
            "input": self.input,
            "target": self.target,
            "choices": self.choices,
            "scoring": self.scoring,
            "choice_delimiter": self.choice_delimiter,
            "fewshot": self.fewshot.identity if isinstance(self.fewshot, FewShot) else None,
            "generate": self.generate.as_dict(),
            "scorers": [(spec.name, dict(spec.params)) for spec in self.scorers],
        }
        # Only where they are set: tasks that do not know them keep the hash that they had without them.
        for key in ("group", "continuation", "preamble"):
            if getattr(self, key) is not None:
                identity[key] = getattr(self, key)
        text = json.dumps(identity, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _keyed(key: str, parse: Any, value: Any) -> Any:
    try:
        return parse(value)
    except TaskError as error:
        error.key = error.key or key
        raise


def _list(value: Any, key: str) -> Sequence[Any]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TaskError(f"{key} {value!r} is not a list", key=key, mend=f"write '{key}: […]'")
    return value


def _tag(value: Any) -> str:
    text = str(value) if isinstance(value, str | bool | float) else text_of(value)
    is_mark = isinstance(value, str | int | float) and text.strip() and text.isprintable() and text[0] != "_"
    if not is_mark:
        what = f"tag {shown(value)} is not a text that can be a mark"
        raise TaskError(what, key="tags", mend="write words such as 'slow'")
    return text


def _mapping(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TaskError(f"{key} {value!r} is not a mapping", key=key)
    return value


def _dataset(value: Any, samples: Any) -> DatasetSpec:
    if isinstance(value, DatasetSpec):
        return value
    if samples is not None:
        if value is not None:
            raise TaskError("both dataset and samples are given", key="samples", mend="keep one")
        rows = _list(samples, "samples")
        for row in rows:
            _mapping(row, "samples")
        return DatasetSpec(rows=tuple(rows))
    if value is None:
        raise TaskError(
            "no dataset", key="task", mend="add 'dataset: {file: …}', a Hub path or 'samples: […]'"
        )
    keys = dict(_mapping(value, "dataset"))
    if ("path" in keys) == ("file" in keys):
        raise TaskError("dataset needs exactly one of path and file", key="dataset")
    known = {"path", "name", "split", "revision", "file", "format"}
    options = {key: keys.pop(key) for key in list(keys) if key not in known}
    for key, entry in keys.items():
        if entry is not None and not isinstance(entry, str):
            raise TaskError(
                f"dataset {key} {entry!r} is not a text", key=f"dataset.{key}", mend="put it in quotes"
            )
    return DatasetSpec(**keys, options=options)


def _prompt(value: Any) -> Prompt | None:
    if value is None or isinstance(value, Prompt):
        return value
    try:
        return Prompt.from_value(value)
    except TemplateError as error:
        raise TaskError(error.what, key="prompt", mend=error.mend) from None


def _choices(value: Any) -> tuple[str, ...] | str | None:
    if value is None or isinstance(value, str):
        return value
    labels = tuple(str(label) for label in _list(value, "choices"))
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise TaskError(f"choices {list(labels)!r} are not two or more different labels", key="choices")
    return labels


def _scorer(value: Any) -> ScorerSpec:
    if isinstance(value, ScorerSpec):
        return value
    spec = parse_metric(value)
    return ScorerSpec(spec.name, spec.params)
