"""The options of a session as pytest knows them: ``--llm-NAME``, ini ``llm_NAME``, environment
``EVALKIT_NAME``. The command line wins, then the environment, then ini."""

from __future__ import annotations

import copy
import os
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from evalkit.errors import UsageError
from evalkit.session.options import OPTIONS, Option, Options, OptionsReader

SUFFIX = ".eval.yaml"


def flag(option: Option) -> str:
    """``--llm-model``"""
    return f"--llm-{option.name}"


def ini(option: Option) -> str:
    """``llm_model``"""
    return "llm_" + option.name.replace("-", "_")


def add_options(parser: pytest.Parser) -> None:
    """Declare all options with pytest."""
    group = parser.getgroup("evalkit", "evaluation of language models (evalkit)")
    for option in OPTIONS:
        keywords: dict[str, Any] = {"dest": ini(option), "default": None, "help": option.help}
        if option.is_flag:
            keywords |= {"action": "store_true"}
        else:
            keywords |= {"metavar": option.metavar, "action": "append" if option.is_list else "store"}
            keywords |= {"nargs": "?", "const": option.bare} if option.bare else {}
        group.addoption(flag(option), **keywords)
        kind: Literal["linelist", "bool", "string"] = (
            "linelist" if option.is_list else "bool" if option.is_flag else "string"
        )
        parser.addini(ini(option), option.help, type=kind, default=None)


def keep_paths(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """``--llm-tournament suites/``: the path stays one, also for the conftests that are loaded first."""
    if not any(option.bare and flag(option) in args for option in OPTIONS):
        return
    from evalkit.session.bare_options import paths_kept  # only for who has such an option

    args[:] = paths_kept(args, flag, early_config.invocation_params.dir)
    known = parser.parse_known_args(args, namespace=copy.copy(early_config.option))
    early_config.known_args_namespace.file_or_dir = known.file_or_dir


def configured_models(config: pytest.Config) -> list[str]:
    """The model specs asked for, in order; empty when the plugin is to stay silent."""
    return _reader(config).texts("model")


def store_of(config: pytest.Config) -> Path:
    """Where the results go."""
    return _reader(config).store


def read_options(config: pytest.Config) -> Options:
    """Raises pytest.UsageError naming the option and what was seen."""
    try:
        return _reader(config).read()
    except UsageError as error:
        from evalkit.pytest_plugin.shown_text import usage_error  # compiles patterns: only for who needs it

        raise usage_error(error) from None


def _reader(config: pytest.Config) -> OptionsReader:
    return OptionsReader(partial(_raw, config), partial(_place, config), config.invocation_params.dir)


def _raw(config: pytest.Config, option: Option) -> Any:
    value = config.getoption(ini(option))
    if value is None or value is False:
        value = os.environ.get(option.env) or None
    if value is None:
        value = config.getini(ini(option)) or None
    return value


def _place(config: pytest.Config, option: Option) -> str:
    """Where the value was given."""
    if config.getoption(ini(option)) is not None:
        return flag(option)
    return option.env if os.environ.get(option.env) else ini(option)
