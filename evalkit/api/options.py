"""Arguments of Python calls as options of a session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError, UsageError, did_you_mean
from evalkit.models.model import Model, ModelSettings
from evalkit.models.open import open_model
from evalkit.models.python import model_of_callable
from evalkit.session.options import OPTIONS, Option, Options, OptionsReader

#: Files that the folder of a project holds.
_ROOT_FILES = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", ".git")

#: Options that have arguments of their own, which also take objects.
_ARGUMENTS = {"model": "models", "prompt": "prompts"}

Given = str | Callable[..., Any] | Model


def options_of(given: Mapping[str, Any], cwd: Path) -> Options:
    """Options by their names with underscores; what is not given is read from ``EVALKIT_…`` variables.

    Raises UsageError on a name that no option has, and on a value that cannot be.
    """
    names = {_name(option) for option in OPTIONS} - set(_ARGUMENTS)
    for name in given:
        if name not in names:
            hint = did_you_mean(name, {*names, *_ARGUMENTS.values()})
            raise UsageError(f"evaluate takes no {name!r}", hint=hint)

    def raw(option: Option) -> Any:
        value = given.get(_name(option))
        if value is None or value is False:
            return os.environ.get(option.env) or None
        if isinstance(value, list | tuple | set):
            return [str(each) for each in value]
        return value if isinstance(value, bool) else str(value)

    def place(option: Option) -> str:
        return _name(option) if given.get(_name(option)) is not None else option.env

    return OptionsReader(raw, place, cwd).read()


def with_models(options: Options, given: Any, cwd: Path) -> tuple[Options, dict[str, Model]]:
    """The options with the models that are asked, and those of them that are objects, by spec text.

    Args:
        given: a spec, a callable, a Model, several of them, or a mapping of names to them.

    Raises:
        UsageError: nothing is given.
        ModelSpecError: a callable without a name, or what is none of them.
    """
    named = _named(given)
    if not named:
        named = [(text, text) for text in options.models]
    if not named:
        raise UsageError("no model is given", hint="models=['openai/gpt-4o-mini', my_function]")
    opened: dict[str, Model] = {}
    for text, model in named:
        if not text.strip():
            raise ModelSpecError(
                f"{model!r} has an empty name", hint="answers are stored by it: models={'mine': …}"
            )
        if isinstance(model, str):
            if text != model:  # under a name of its own
                spec = ModelSpec.parse(model)
                settings = ModelSettings(is_offline=options.is_offline, base_dir=cwd)
                opened[text] = open_model(replace(spec, text=text), settings)
        elif callable(model) and not isinstance(model, Model):
            opened[text] = model_of_callable(model, text)
        elif isinstance(model, Model):
            opened[text] = model
        else:
            raise ModelSpecError(f"{model!r} is not a model", hint="give a spec, a callable or a Model")
    return replace(options, models=tuple(text for text, _ in named)), opened


def _named(given: Any) -> list[tuple[str, Given]]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [(str(name), each) for name, each in given.items()]
    is_one = isinstance(given, str | Model) or callable(given)
    several = [given] if is_one else given
    if not isinstance(several, Iterable):
        raise ModelSpecError(f"{given!r} is not a model", hint="give a spec, a callable or a Model")
    return [(_text(each), each) for each in several]


def _text(model: Given) -> str:
    if isinstance(model, str):
        return model
    if isinstance(model, Model):
        return model.spec.text
    module, name = getattr(model, "__module__", None), getattr(model, "__qualname__", None)
    if module is None or name is None:
        module, name = type(model).__module__, type(model).__qualname__
    if "<" in name:
        hint = "give it one: models={'mine': lambda prompt: …}"
        raise ModelSpecError(f"{module}.{name} has no name to store its answers under", hint=hint)
    return f"python:{module}:{name}"


def project_root(cwd: Path) -> Path:
    """The nearest folder from ``cwd`` upwards that looks like a project's, or ``cwd`` itself."""
    folders = (each for each in (cwd, *cwd.parents) if any((each / name).exists() for name in _ROOT_FILES))
    return next(folders, cwd)


def _name(option: Option) -> str:
    return option.name.replace("-", "_")
