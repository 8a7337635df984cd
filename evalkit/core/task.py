"""Dataset + default Prompt + Scorers + Metrics + Gates: the unit that is evaluated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evalkit.core.chat import parse_messages
from evalkit.core.fewshot import FewShot, parse_fewshot
from evalkit.core.gate import MIN_COMMON, MetricSpec, parse_gate, parse_metric
from evalkit.core.prompt import Prompt, parse_prompt
from evalkit.core.quarantine import parse_quarantine_list
from evalkit.core.reasoning import Reasoning, parse_reasoning
from evalkit.core.request import GenerateParams
from evalkit.core.response_schema import ResponseSchema, parse_response_format
from evalkit.core.task_values import (
    as_list,
    as_mapping,
    check_numbers,
    choice_labels,
    is_data_file,
    keyed,
    scorer_parts,
    tag_list,
)
from evalkit.core.text import seen
from evalkit.core.tools import Tool, parse_tool_choice, parse_tools
from evalkit.errors import TaskError, TemplateError

SCORINGS = ("generate", "loglikelihood")

#: Share of cut answers that a task with free texts allows, unless it says otherwise.
MAX_TRUNCATED_RATE = 0.01

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
    "max_truncated_rate": ((int, float, type(None)), "a number"),
    "min_common": ((int, float), "a number"),
}

_SMALL = (
    "generate", "fewshot", "scorers", "metrics", "gates", "max_error_rate", "max_truncated_rate",
    "quarantine", "choices", "messages", "tools", "tool_choice", "response_format", "reasoning",
)  # fmt: skip

#: What only an answer that is generated can have.
_OF_GENERATION = ("tools", "tool_choice", "response_format", "reasoning")


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
    """A scorer by name with its parameters.

    Attributes:
        alias: what its scores are called, where the task gives it a ``name:`` of its own.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    alias: str | None = None

    @property
    def label(self) -> str:
        """What its scores are called: the key in the store."""
        return self.alias or self.name


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a ``*.eval.yaml`` says, checked. The same keywords make a Task in Python.

    Every field takes the plain value that YAML would give and holds the typed one afterwards:
    ``metrics=["accuracy"]`` becomes a tuple of MetricSpec. Raises TaskError with the offending ``key``.

    Attributes:
        task: unique name, the key in the store.
        dataset: DatasetSpec; ``samples=[…]`` (a list of mappings) is short for inline rows.
        id, input, target: Jinja templates over the row; absent ones read the field of that name.
        prompt: the default Prompt, or the PromptFile that it is yet to be read from; absent, the input is
            the one user message.
        messages: chat messages with parts and calls of tools, in place of ``prompt``, which they become.
        group: template for what Samples have in common (their question, their passage): metrics by group and
            clustered intervals read it.
        choices: labels, or a template that gives a list.
        continuation: template for the text that stands for a choice where choices are ranked and in few-shot
            examples; it sees the row and ``choice``, the label. Absent, the label itself.
        preamble: template for what stands before the few-shot examples and the prompt.
        scoring: ``generate``, or ``loglikelihood`` to rank the choices.
        tools, tool_choice: functions that the model may call, as chat completions have them.
        response_format: the JSON that the answer must be.
        reasoning: how much is thought before the answer; part of ``generate`` once it is read.
        choice_delimiter: stands between prompt and choice when choices are ranked (unless one of them
            brings white space), as lm-evaluation-harness does.
        max_error_rate: share of failed samples above which gates are ``error``.
        max_truncated_rate: share of responses cut at ``max_tokens`` above which gates are ``error``; None
            takes 0.01 where answers are free texts, and no limit where there are choices.
        min_common: share of the samples of candidate and baseline together that must be the same on both
            for a regression gate to be decided.
        quarantine: asserted Samples that may fail until a date: ``sample``, ``until`` and ``reason`` of each.
        source: the file that the task was read from; relative data files start at its folder.
        lines: lines of that file, counted from 1, by dotted key (``gates.0``); empty for tasks in Python.
    """

    task: str
    dataset: DatasetSpec | Mapping[str, Any] | None = None
    samples: Sequence[Mapping[str, Any]] | None = None
    id: str | None = None
    input: str | None = None
    target: Any = None
    prompt: Any = None
    messages: Sequence[Mapping[str, Any]] | None = None
    group: str | None = None
    choices: tuple[str, ...] | Sequence[str] | str | None = None
    continuation: str | None = None
    preamble: str | None = None
    scoring: str = "generate"
    fewshot: FewShot | Mapping[str, Any] | None = None
    generate: GenerateParams | Mapping[str, Any] = field(default_factory=GenerateParams)
    reasoning: Reasoning | Mapping[str, Any] | str | int | None = None
    tools: Sequence[Tool] | None = ()
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: ResponseSchema | Mapping[str, Any] | str | None = None
    scorers: Sequence[Any] = ()
    metrics: Sequence[Any] = ()
    gates: Sequence[Any] = ()
    tags: Sequence[str] = ()
    description: str = ""
    choice_delimiter: str = " "
    max_error_rate: float = 0.01
    max_truncated_rate: float | None = None
    min_common: float = MIN_COMMON
    quarantine: Sequence[Any] = ()
    source: Path | None = None
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.task, str) or not self.task.strip():
            raise TaskError(
                f"task name {seen(self.task)} is not a text", key="task", hint="give a unique name"
            )
        for key in _SMALL:
            check_numbers(key, getattr(self, key))
        self._set("dataset", _dataset(self.dataset, self.samples))
        self._set("samples", None)
        self._set("prompt", _prompt(self.prompt, self.messages))
        self._set("messages", None)
        self._set("choices", choice_labels(self.choices))
        self._set("fewshot", parse_fewshot(self.fewshot))
        if not isinstance(self.generate, GenerateParams):
            self._set("generate", GenerateParams.from_mapping(as_mapping(self.generate, "generate")))
        self._set("generate", _with_reasoning(self.generate, parse_reasoning(self.reasoning)))  # type: ignore[arg-type]
        self._set("reasoning", self.generate.reasoning)  # type: ignore[union-attr]
        self._set("tools", parse_tools(self.tools))
        self._set("tool_choice", parse_tool_choice(self.tool_choice, self.tools or ()))
        self._set("response_format", parse_response_format(self.response_format))
        self._set(
            "scorers", tuple(keyed("scorers", _scorer, value) for value in as_list(self.scorers, "scorers"))
        )
        self._set(
            "metrics",
            tuple(keyed("metrics", parse_metric, value) for value in as_list(self.metrics, "metrics")),
        )
        self._set("gates", tuple(keyed("gates", parse_gate, value) for value in as_list(self.gates, "gates")))
        self._set("quarantine", parse_quarantine_list(as_list(self.quarantine, "quarantine")))
        self._set("tags", tag_list(as_list(self.tags, "tags")))
        self._check()

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check(self) -> None:
        for key, (kinds, kind) in _KINDS.items():
            value = getattr(self, key)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise TaskError(f"{key} {seen(value)} is not {kind}", key=key)
        if self.scoring not in SCORINGS:
            raise TaskError(
                f"scoring {seen(self.scoring)} is unknown",
                key="scoring",
                hint="known: " + ", ".join(SCORINGS),
            )
        if self.continuation is not None and self.choices is None:
            raise TaskError(
                "continuation words the choices, and there are none",
                key="continuation",
                hint="add 'choices: […]'",
            )
        if self.scoring == "loglikelihood" and self.choices is None:
            raise TaskError(
                "scoring loglikelihood has no choices to rank", key="scoring", hint="add 'choices: […]'"
            )
        if self.scoring == "loglikelihood":
            for key in _OF_GENERATION:
                if getattr(self, key):
                    what = f"{key} is of generated answers, and scoring loglikelihood generates none"
                    raise TaskError(what, key=key, hint="remove it, or write 'scoring: generate'")
        for key in ("max_error_rate", "max_truncated_rate", "min_common"):
            share = getattr(self, key)
            if share is not None and not 0 <= share <= 1:
                raise TaskError(f"{key} {seen(share)} is not a share in 0..1", key=key)
        self._check_twice("gates", [gate.text for gate in self.gates])
        self._check_twice("scorers", [spec.label for spec in self.scorers])
        self._check_labels()

    def _check_twice(self, key: str, names: Sequence[str]) -> None:
        for index, name in enumerate(names):
            if name in names[:index]:
                hint = "remove one" if key == "gates" else "remove one, or give it a 'name:' of its own"
                raise TaskError(f"{key[:-1]} {name!r} stands twice", key=f"{key}.{index}", hint=hint)

    def _check_labels(self) -> None:
        """Metrics are stored by label: one label with two meanings would be one number for both."""
        known: dict[str, MetricSpec] = {}
        for spec in [*self.metrics, *(gate.metric for gate in self.gates)]:
            first = known.setdefault(spec.label, spec)
            if dict(first.params) != dict(spec.params):
                raise TaskError(
                    f"two metrics are called {spec.label}: {seen(first.params)} and {seen(spec.params)}",
                    key="metrics",
                    hint="keep one",
                )

    @property
    def truncation_limit(self) -> float | None:
        """``max_truncated_rate``, or what it is where the task does not say."""
        if self.max_truncated_rate is not None:
            return self.max_truncated_rate
        return None if self.scoring == "loglikelihood" or self.choices is not None else MAX_TRUNCATED_RATE

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
            "scorers": [_scorer_identity(spec) for spec in self.scorers],
        }
        # Only where they are set: tasks that do not know them keep the hash that they had without them.
        for key in ("group", "continuation", "preamble"):
            if getattr(self, key) is not None:
                identity[key] = getattr(self, key)
        if self.tools:
            identity |= {"tools": self.tools, "tool_choice": self.tool_choice}
        if isinstance(self.response_format, ResponseSchema):
            identity["response_format"] = self.response_format.as_dict()
        text = json.dumps(identity, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _scorer_identity(spec: ScorerSpec) -> tuple[Any, ...]:
    parts = spec.name, dict(spec.params)
    return (*parts, spec.alias) if spec.alias is not None else parts


def _dataset(value: Any, samples: Any) -> DatasetSpec:
    if isinstance(value, DatasetSpec) and samples is None:
        return value
    if samples is not None:
        if value is not None:
            raise TaskError("both dataset and samples are given", key="samples", hint="keep one")
        rows = as_list(samples, "samples")
        for index, row in enumerate(rows):
            as_mapping(row, f"samples.{index}")
        return DatasetSpec(rows=tuple(rows))
    if value is None:
        raise TaskError(
            "no dataset", key="task", hint="add 'dataset: {file: …}', a Hub path or 'samples: […]'"
        )
    if is_data_file(value):
        return DatasetSpec(file=value)
    keys = {key: entry for key, entry in as_mapping(value, "dataset").items() if entry is not None}
    if ("path" in keys) == ("file" in keys):
        raise TaskError("dataset needs exactly one of path and file", key="dataset")
    known = {"path", "name", "split", "revision", "file", "format"}
    options = {key: keys.pop(key) for key in list(keys) if key not in known}
    for key, entry in keys.items():
        if not isinstance(entry, str) or not entry.strip():
            raise TaskError(
                f"dataset {key} {seen(entry)} is not a text", key=f"dataset.{key}", hint="put it in quotes"
            )
    return DatasetSpec(**keys, options=options)


def _with_reasoning(generate: GenerateParams, reasoning: Reasoning | None) -> GenerateParams:
    if reasoning is None or reasoning == generate.reasoning:
        return generate
    if generate.reasoning is not None:
        raise TaskError("both reasoning and generate.reasoning are given", key="reasoning", hint="keep one")
    return replace(generate, reasoning=reasoning)


def _prompt(value: Any, messages: Any) -> Any:
    if messages is not None:
        if value is not None:
            raise TaskError("both prompt and messages are given", key="messages", hint="keep one")
        return Prompt.of_messages(parse_messages(messages, "messages", is_template=True))
    try:
        return parse_prompt(value)
    except TemplateError as error:
        raise TaskError(error.what, key="prompt", hint=error.hint) from None


def _scorer(value: Any) -> ScorerSpec:
    return value if isinstance(value, ScorerSpec) else ScorerSpec(*scorer_parts(value))
