"""From the options to Subjects: aliases, prompt files, the product of models and prompts."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from evalkit.core.frozen import frozen
from evalkit.core.prompt import Prompt
from evalkit.core.sample import Sample
from evalkit.core.subject import DEFAULT_PROMPT, ModelSpec, Subject
from evalkit.core.task import Task
from evalkit.errors import ModelSpecError, UsageError, did_you_mean
from evalkit.models.model import Model, ModelSettings
from evalkit.models.open import open_model
from evalkit.pricing.book import PriceBook
from evalkit.runner.task_prompt import misfit
from evalkit.session.prompt_binding import BoundPrompt, read_prompts, why_not


@frozen
class Subjects:
    """What the session tests.

    Attributes:
        subjects: models x prompts, in the order given.
        models: spec text to the opened (not started) Model.
        prompts: name to the prompts of that name, for all but the default one.
        prices: what the models cost.
        root: folder of the project.
    """

    subjects: tuple[Subject, ...]
    models: Mapping[str, Model]
    prompts: Mapping[str, Sequence[BoundPrompt]]
    prices: PriceBook = field(default_factory=PriceBook)
    root: Path = Path()

    def for_tests(self) -> tuple[Subject, ...]:
        """What the ``llm`` fixture asks: without prompts that are bound to tasks alone."""
        free = [each for each in self.subjects if each.prompt == DEFAULT_PROMPT or self._free(each.prompt)]
        return tuple(free) or tuple(
            Subject(s.model) for s in {s.model.text: s for s in self.subjects}.values()
        )

    def prompt_for_tests(self, name: str) -> Prompt:
        """The prompt of that name which is bound to no task."""
        return self._free(name)[0].prompt

    def _free(self, name: str) -> list[BoundPrompt]:
        return [each for each in self.prompts[name] if each.tasks is None]

    def needs_rows(self, task: Task) -> bool:
        """Whether only the rows tell which prompts fit a task."""
        free = [each.prompt for name in self.prompts for each in self._free(name)]
        return any(misfit(task, prompt, ()) is not None for prompt in free)

    def of_task(self, task: Task, samples: Sequence[Sample]) -> tuple[tuple[Subject, ...], Mapping[str, str]]:
        """What is asked of one task, and why the other prompts are not.

        A model none of whose prompts is put to the task gets the task's own.
        """
        reasons = {name: why_not(bound, task, samples) for name, bound in self.prompts.items()}
        fitting = [each for each in self.subjects if reasons.get(each.prompt) is None]
        with_prompt = {each.model.text for each in fitting}
        own = {s.model.text: Subject(s.model) for s in self.subjects if s.model.text not in with_prompt}
        return (*fitting, *own.values()), {name: why for name, why in reasons.items() if why is not None}

    def find(self, text: str, candidate: Subject) -> Subject | None:
        """The Subject that ``--llm-baseline=subject:TEXT`` means for ``candidate``; None when it is itself.

        TEXT is a whole label, a model (for each prompt, that model with the same prompt) or a prompt (for
        each model, that model with that prompt). Raises UsageError on anything else.
        """
        by_label = {subject.label: subject for subject in self.subjects}
        is_model = text in self.models
        is_prompt = text in self.prompts or text == DEFAULT_PROMPT
        if candidate not in self.subjects:  # A task that no prompt fits: its own stands for every prompt.
            models = [s.model for s in self.subjects if is_model and s.model.text == text]
            own = Subject(models[0]) if models else candidate
            return None if own == candidate else own
        if is_model and len({s.model for s in self.subjects}) > 1:
            found = next(s for s in self.subjects if s.model.text == text and s.prompt == candidate.prompt)
        elif is_prompt and any(s.prompt == text for s in self.subjects):
            found = next(s for s in self.subjects if s.prompt == text and s.model == candidate.model)
        elif text in by_label:
            found = by_label[text]
        else:
            known = [*by_label, *(self.models if len(self.models) > 1 else ()), *self.prompts]
            raise UsageError(
                f"--llm-baseline=subject:{text} names no subject of this session",
                hint=did_you_mean(text, known),
            )
        return None if found == candidate else found


def open_subjects(
    models: Sequence[str],
    prompts: Sequence[str],
    root: Path,
    settings: ModelSettings,
    given: Mapping[str, Model] = MappingProxyType({}),
    store: Path | None = None,
) -> Subjects:
    """Open every Model and read every prompt file; nothing is started or connected.

    Args:
        store: the file of results, that versions of prompts are read from; it need not be there.
        given: Models that are opened already, by their spec text.
    """
    project = read_settings(root)
    # alias = "spec" or {spec = …, param = …}
    aliases, prices = _table(project, "models"), _prices(project, root)
    specs = [given[text].spec if text in given else _resolve(text, aliases) for text in models]
    if len({spec.text for spec in specs}) < len(specs):
        raise UsageError("--llm-model names the same model twice", hint="remove one")
    opened = {spec.text: given.get(spec.text) or open_model(spec, settings) for spec in specs}
    if "limits" in project:
        _set_limits(opened.values(), project["limits"], root / "pyproject.toml", aliases)
    for spec in specs:
        prices.of(spec)
    loaded = read_prompts(prompts, settings.base_dir, root, store)
    subjects = tuple(Subject(spec, prompt) for spec in specs for prompt in loaded)
    labels = Counter(subject.label for subject in subjects)
    if twice := next((label for label, n in labels.items() if n > 1), None):
        what = f"two subjects are called {twice!r}: a model, and another one with a prompt"
        raise UsageError(what, hint="give the prompt another name, or the model an alias")
    named = {name: bound for name, bound in loaded.items() if name != DEFAULT_PROMPT}
    return Subjects(subjects, opened, named, prices, root)


def open_beside(text: str, subjects: Subjects, settings: ModelSettings) -> Model:
    """A Model that is asked beside the Subjects; the same one where it is one of theirs. Raises UsageError or
    ModelSpecError on a spec that cannot be read."""
    project = read_settings(subjects.root)
    aliases = _table(project, "models")
    spec = _resolve(text, aliases)
    found = subjects.models.get(spec.text)
    if found is not None:
        return found
    model = open_model(spec, settings)
    if "limits" in project:
        _set_limits([model], project["limits"], subjects.root / "pyproject.toml", aliases)
    return model


def read_settings(root: Path) -> Mapping[str, Any]:
    """``[tool.evalkit]`` of the root's pyproject.toml; empty without. Raises UsageError."""
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"pyproject.toml cannot be read: {error}", where=str(path)) from None
    return _table(_table(document, "tool"), "evalkit")


def _table(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}


def _set_limits(models: Iterable[Model], table: Any, file: Path, aliases: Collection[str]) -> None:
    """What a spec says itself stays."""
    from evalkit.session.limit_rules import LimitRules  # for projects that have some

    rules = LimitRules(table, file, aliases)
    for model in models:
        model.rates = model.rates.over(rules.rates(model.spec))


def _prices(settings: Mapping[str, Any], root: Path) -> PriceBook:
    """What models cost by ``[tool.evalkit.prices]``. Raises UsageError."""
    if "prices" not in settings:
        return PriceBook()
    from evalkit.pricing.table import read_table

    return PriceBook(read_table(settings["prices"], root / "pyproject.toml"))


def _resolve(text: str, aliases: Mapping[str, Any]) -> ModelSpec:
    alias = aliases.get(text)
    if alias is None:
        if "/" not in text and ":" not in text and aliases:
            raise ModelSpecError(f"unknown model {text!r}", hint=did_you_mean(text, aliases))
        return ModelSpec.parse(text)
    if isinstance(alias, str):
        spec = ModelSpec.parse(alias)
    else:
        params = {key: value for key, value in alias.items() if key != "spec"}
        query = urlencode(params, safe="/:,") if params else ""
        spec = ModelSpec.parse(f"{alias.get('spec', '')}{'?' if query else ''}{query}")
    return ModelSpec(spec.provider, spec.name, spec.params, text)
