"""Dataset + default Prompt + Scorers + Metrics + Gates: the unit that is evaluated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from evalkit.core.chat import MESSAGES
from evalkit.core.fewshot import FEWSHOT, FewShot
from evalkit.core.fitting import SHARE, Pattern
from evalkit.core.forms import NOT_A_KEY, Entries, Written, as_mapping, keys_of
from evalkit.core.frozen import frozen
from evalkit.core.gate import MIN_COMMON, GateLimits, MetricSpec
from evalkit.core.judge_condition import JUDGE, JudgeCondition
from evalkit.core.old_names import KEYS, say_renamed
from evalkit.core.reasoning import REASONING, Reasoning
from evalkit.core.request import GenerateParams
from evalkit.core.response_schema import RESPONSE_FORMAT, ResponseSchema
from evalkit.core.task_values import (
    CHOICES,
    DATA_FILE,
    GATES,
    GENERATE,
    METRICS,
    PROMPT,
    QUARANTINE,
    SAMPLES,
    TAGS,
    check_numbers,
    is_data_file,
    scorer_parts,
)  # fmt: skip
from evalkit.core.text import seen
from evalkit.core.tools import TOOLS, Tool, parse_tool_choice
from evalkit.errors import TaskError

#: Share of cut answers that a task with free texts allows, unless it says otherwise.
MAX_TRUNCATED_RATE = 0.01

#: Keys whose values may be of any size.
_LARGE = frozenset({"samples", "target"})

#: What only an answer that is generated can have.
_OF_GENERATION = ("tools", "tool_choice", "response_format", "reasoning")


@frozen
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


@frozen
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


def _dataset(value: Any, key: str) -> DatasetSpec | None:
    if value is None or isinstance(value, DatasetSpec):
        return value
    if is_data_file(value):
        return DatasetSpec(file=value)
    keys = {name: entry for name, entry in as_mapping(value, key).items() if entry is not None}
    if ("path" in keys) == ("file" in keys):
        raise TaskError("dataset needs exactly one of path and file", key=key)
    known = {"path", "name", "split", "revision", "file", "format"}
    options = {name: keys.pop(name) for name in list(keys) if name not in known}
    for name, entry in keys.items():
        if not isinstance(entry, str) or not entry.strip():
            raise TaskError(
                f"dataset {name} {seen(entry)} is not a text", key=f"{key}.{name}", hint="put it in quotes"
            )
    return DatasetSpec(**keys, options=options)


def _scorer(value: Any, key: str) -> ScorerSpec:
    return value if isinstance(value, ScorerSpec) else ScorerSpec(*scorer_parts(value))


DATASET = Written(
    _dataset,
    {
        "anyOf": [
            {"type": "string", "pattern": DATA_FILE},
            {"$ref": "#/$defs/file_dataset"},
            {"$ref": "#/$defs/hub_dataset"},
            {"type": "null"},
        ]
    },
)
SCORERS = Entries(_scorer, {"$ref": "#/$defs/scorer"})


@dataclass(frozen=True, kw_only=True)
class Task:
    """A ``*.eval.yaml``, checked. The same keywords make a Task in Python.

    Every field takes the plain value that YAML would give and holds the typed one afterwards:
    ``metrics=["accuracy"]`` becomes a tuple of MetricSpec. Raises TaskError with the offending ``key``.

    Attributes:
        task: unique name, the key in the store.
        dataset: where rows come from: a file, or a dataset of the Hub.
        samples: inline rows, instead of ``dataset``.
        id: Jinja template over the row; by default its field ``id``, else its number from 0.
        input: Jinja template over the row; by default its field ``input``.
        target: Jinja template over the row, or a value; a list means several references. By default the
            row's field ``target``.
        prompt: text, messages or a file (held as Prompt, or as PromptFile until it is read); by default the
            input is the only user message.
        messages: chat messages with parts and tool calls, instead of ``prompt``; they become the prompt.
        group: template for what Samples have in common (their question, their passage), for metrics by group
            and clustered intervals.
        choices: labels, or a template that gives a list.
        continuation: template for the text of a choice, in rankings and few-shot examples; it sees the row
            and ``choice``, the label. By default the label itself.
        description: template for text before the few-shot examples and the prompt, kept to the character;
            with roles it begins the system message.
        scoring: ``generate``, or ``loglikelihood`` to rank the choices.
        tools: functions that the model may call, in the form of chat completions.
        tool_choice: whether it must call one, and which.
        response_format: the JSON that the answer must be.
        reasoning: how much the model thinks before it answers; part of ``generate`` once it is read.
        fewshot: solved examples before each input.
        generate: generation parameters.
        scorers: how one response is scored; by default as the metrics imply.
        metrics: one number each; by default those of the gates, else the mean of each scorer, else
            ``accuracy`` if there are targets.
        gates: conditions that must hold.
        tags: words that ``-m`` selects by.
        about: a remark for readers of the file.
        target_delimiter: text between prompt and choice when choices are ranked (unless one of the two brings
            white space), as in lm-evaluation-harness.
        max_error_rate: share of failed samples, 0..1, above which gates are ``error``.
        max_truncated_rate: share of responses cut at ``max_tokens``, 0..1, above which gates are ``error``;
            None means 0.01 for free-text answers, and no limit if there are choices.
        min_common: share of the samples of candidate and baseline together, 0..1, that must be the same on
            both for a regression gate to be decided.
        judge: the agreement with people that a judge must have shown for gates to rely on its scores; by
            default, verdicts only say whether it was measured.
        quarantine: asserted Samples that may fail until a date, each with ``sample``, ``until``, ``reason``.
        source: the file that the task was read from; relative data files start at its folder.
        lines: lines of that file, counted from 1, by dotted key (``gates.0``); empty for tasks in Python.
    """

    task: Annotated[str, Pattern(r"\S", "a text that names the task")]
    dataset: Annotated[DatasetSpec | Mapping[str, Any] | None, DATASET] = None
    samples: Annotated[Sequence[Mapping[str, Any]] | None, SAMPLES] = None
    id: str | None = None
    input: str | None = None
    target: Any = None
    prompt: Annotated[Any, PROMPT] = None
    messages: Annotated[Any, MESSAGES] = None
    group: str | None = None
    choices: Annotated[tuple[str, ...] | Sequence[str] | str | None, CHOICES] = None
    continuation: str | None = None
    description: str | None = None
    scoring: Literal["generate", "loglikelihood"] = "generate"
    fewshot: Annotated[FewShot | Mapping[str, Any] | None, FEWSHOT] = None
    generate: Annotated[GenerateParams | Mapping[str, Any], GENERATE] = field(default_factory=GenerateParams)
    reasoning: Annotated[Reasoning | Mapping[str, Any] | str | int | None, REASONING] = None
    tools: Annotated[Sequence[Tool] | None, TOOLS] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: Annotated[ResponseSchema | Mapping[str, Any] | str | None, RESPONSE_FORMAT] = None
    scorers: Annotated[Sequence[Any], SCORERS] = ()
    metrics: Annotated[Sequence[Any], METRICS] = ()
    gates: Annotated[Sequence[Any], GATES] = ()
    tags: Annotated[Sequence[str], TAGS] = ()
    about: str = ""
    target_delimiter: str = " "
    max_error_rate: Annotated[float, SHARE] = 0.01
    max_truncated_rate: Annotated[float | None, SHARE] = None
    min_common: Annotated[float, SHARE] = MIN_COMMON
    judge: Annotated[JudgeCondition | Mapping[str, Any] | None, JUDGE] = None
    quarantine: Annotated[Sequence[Any], QUARANTINE] = ()
    source: Annotated[Path | None, NOT_A_KEY] = None
    lines: Annotated[Mapping[str, int], NOT_A_KEY] = field(default_factory=dict, repr=False, compare=False)
    preamble: InitVar[str | None] = None
    choice_delimiter: InitVar[str | None] = None

    def __post_init__(self, preamble: str | None, choice_delimiter: str | None) -> None:
        self._read_old_names(preamble, choice_delimiter)
        for key, declared in keys_of(Task).items():
            value = getattr(self, key)
            if key not in _LARGE:
                check_numbers(key, value)
            if value is not declared.default:
                self._set(key, declared.form.read(value, key))
        self._settle_dataset()
        self._settle_prompt()
        self._settle_generation()
        self._check()

    def _settle_dataset(self) -> None:
        """Inline rows are a dataset like others."""
        if self.samples is not None:
            if self.dataset is not None:
                raise TaskError("both dataset and samples are given", key="samples", hint="keep one")
            self._set("dataset", DatasetSpec(rows=tuple(self.samples)))
            self._set("samples", None)
        if self.dataset is None:
            raise TaskError(
                "no dataset", key="task", hint="add 'dataset: {file: …}', a Hub path or 'samples: […]'"
            )

    def _settle_prompt(self) -> None:
        """Messages become the prompt."""
        if self.messages is not None:
            if self.prompt is not None:
                raise TaskError("both prompt and messages are given", key="messages", hint="keep one")
            self._set("prompt", self.messages)
            self._set("messages", None)

    def _settle_generation(self) -> None:
        assert isinstance(self.generate, GenerateParams)
        assert self.reasoning is None or isinstance(self.reasoning, Reasoning)
        self._set("generate", _with_reasoning(self.generate, self.reasoning))
        self._set("reasoning", self.generate.reasoning)
        self._set("tool_choice", parse_tool_choice(self.tool_choice, self.tools or ()))

    def _read_old_names(self, preamble: str | None, choice_delimiter: str | None) -> None:
        """``description`` was a remark before this release, as ``about`` is: it ends in no white space."""
        remark = self.description
        if preamble is not None:
            self._say_renamed("preamble", f"'preamble' is now called {KEYS['preamble']!r}")
            self._set("description", preamble)
        if choice_delimiter is not None:
            new = KEYS["choice_delimiter"]
            self._say_renamed("choice_delimiter", f"'choice_delimiter' is now called {new!r}")
            self._set("target_delimiter", choice_delimiter)
        is_remark = isinstance(remark, str) and bool(remark) and not remark[-1].isspace()
        if (is_remark or (remark is not None and preamble is not None)) and not self.about:
            self._say_renamed(
                "description",
                "a remark for readers is now called 'about', and read as one from 'description' for this"
                " release; a 'description' for the prompt ends in a space or a line break",
            )
            self._set("about", remark)
            self._set("description", preamble)

    def _say_renamed(self, key: str, what: str) -> None:
        say_renamed(what, self.source, self.lines.get(key))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check(self) -> None:
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
        self._check_twice("gates", [gate.text for gate in self.gates])
        self._check_twice("scorers", [spec.label for spec in self.scorers])
        self._check_labels()

    def _check_twice(self, key: str, names: Sequence[str]) -> None:
        for index, name in enumerate(names):
            if name in names[:index]:
                hint = "remove one" if key == "gates" else "remove one, or give it a 'name:' of its own"
                raise TaskError(f"{key[:-1]} {name!r} appears twice", key=f"{key}.{index}", hint=hint)

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
    def gate_limits(self) -> GateLimits:
        """What its gates are decided under."""
        return GateLimits(self.max_error_rate, self.min_common, self.truncation_limit)

    @property
    def judge_condition(self) -> JudgeCondition | None:
        """``judge``, as it is once it was read."""
        return self.judge if isinstance(self.judge, JudgeCondition) else None

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
            # By the names that the keys had when the first hashes were stored.
            "choice_delimiter": self.target_delimiter,
            "fewshot": self.fewshot.identity if isinstance(self.fewshot, FewShot) else None,
            "generate": self.generate.as_dict(),
            "scorers": [_scorer_identity(spec) for spec in self.scorers],
        }
        # Only where they are set: tasks that do not know them keep the hash that they had without them.
        for key, value in (
            ("group", self.group), ("continuation", self.continuation), ("preamble", self.description)
        ):  # fmt: skip
            if value is not None:
                identity[key] = value
        if self.tools:
            identity |= {"tools": self.tools, "tool_choice": self.tool_choice}
        if isinstance(self.response_format, ResponseSchema):
            identity["response_format"] = self.response_format.as_dict()
        text = json.dumps(identity, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _scorer_identity(spec: ScorerSpec) -> tuple[Any, ...]:
    parts = spec.name, dict(spec.params)
    return (*parts, spec.alias) if spec.alias is not None else parts


def _with_reasoning(generate: GenerateParams, reasoning: Reasoning | None) -> GenerateParams:
    if reasoning is None or reasoning == generate.reasoning:
        return generate
    if generate.reasoning is not None:
        raise TaskError("both reasoning and generate.reasoning are given", key="reasoning", hint="keep one")
    return replace(generate, reasoning=reasoning)
