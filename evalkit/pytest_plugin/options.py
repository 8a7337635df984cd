"""Every option of the plugin, declared once: flag, ini name, environment variable, meaning."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from evalkit.pytest_plugin.saved_baseline import SavedBaseline

SUFFIX = ".eval.yaml"
DEFAULT_STORE = ".evalkit/results.duckdb"
#: How a baseline is named that is another Subject of the same session.
SUBJECT = "subject:"


@dataclass(frozen=True)
class Option:
    """``--llm-NAME``; ini ``llm_NAME``; environment ``EVALKIT_NAME``. The command line wins, then the
    environment, then ini."""

    name: str
    metavar: str
    help: str
    is_list: bool = False
    is_flag: bool = False
    choices: tuple[str, ...] | None = None

    @property
    def flag(self) -> str:
        return f"--llm-{self.name}"

    @property
    def ini(self) -> str:
        return "llm_" + self.name.replace("-", "_")

    @property
    def env(self) -> str:
        return "EVALKIT_" + self.name.replace("-", "_").upper()


OPTIONS = (
    Option("model", "SPEC", "model to test: provider/name[?param=value&...] or an alias; repeatable", True),
    Option("prompt", "NAME=FILE", "prompt to test in place of each task's own ('default'); repeatable", True),
    Option("baseline", "WHAT", "compare with: a name, run:ID, latest, branch:NAME, file:PATH, subject:SPEC"),
    Option(
        "save-baseline",
        "NAME[:undecided]",
        "point this baseline at the run when every gate passes; with :undecided also where gates are "
        "undecided, unless one fell by its margin",
    ),
    Option("baseline-runs", "K", "with --llm-save-baseline: pool the last K runs (default 1)"),
    Option("limit", "N", "ask only the first N samples of each task (the run is partial)"),
    Option("sample", "ID,...", "ask only these samples (the run is partial)", True),
    Option("repeats", "K", "responses for each sample"),
    Option("concurrency", "N|auto", "requests in flight for each model; auto follows 429 answers"),
    Option(
        "cache", "MODE", "response cache", choices=("readwrite", "read", "refresh", "off")
    ),
    Option("sequential", "", "stop asking as soon as every gate of a task is decided", is_flag=True),
    Option("rerun", "N", "up to N further requests, where a verdict could change (default 0)"),
    Option(
        "missing-baseline",
        "OUTCOME",
        "how a regression gate without a baseline ends: record (default) or fail",
        choices=("record", "fail"),
    ),
    Option("undecided", "OUTCOME", "how an undecided gate ends", choices=("pass", "fail")),
    Option(
        "sandbox",
        "LEVEL",
        "how code that a model wrote is run: auto (the strongest there is, default), bwrap, userns, process, "
        "docker, or bare (no protection)",
        choices=("auto", "bwrap", "userns", "process", "docker", "bare"),
    ),
    Option("store", "PATH", "DuckDB file for results (default .evalkit/results.duckdb)"),
    Option("report", "PATH|off", "HTML report (default reports/<run_id>.html)"),
    Option("ci", "HOST", "CI host to report to; auto finds out", choices=("auto", "github", "gitlab", "off")),
    Option("offline", "", "refuse every connection that is not to loopback", is_flag=True),
    Option("data", "PATH", "local mirror for datasets: a mirror.yaml or a folder with one"),
)  # fmt: skip

#: Digits of a count: what has more is no number that anybody meant, and Python does not read 5,000 of them.
_MOST_DIGITS = 12

_NOT_BOTH = (
    "not together with --llm-sequential, whose looks have spent their part of alpha and whose tasks may have "
    "been stopped before there was a whole one to ask again; leave out one of them"
)


def add_options(parser: pytest.Parser) -> None:
    """Declare all options with pytest."""
    group = parser.getgroup("evalkit", "evaluation of language models (evalkit)")
    for option in OPTIONS:
        keywords: dict[str, Any] = {"dest": option.ini, "default": None, "help": option.help}
        if option.is_flag:
            keywords |= {"action": "store_true"}
        else:
            keywords |= {"metavar": option.metavar, "action": "append" if option.is_list else "store"}
        group.addoption(option.flag, **keywords)
        kind: Literal["linelist", "bool", "string"] = (
            "linelist" if option.is_list else "bool" if option.is_flag else "string"
        )
        parser.addini(option.ini, option.help, type=kind, default=None)


def configured_models(config: pytest.Config) -> list[str]:
    """The model specs asked for, in order; empty when the plugin is to stay silent."""
    return _texts(config, OPTIONS[0])


@dataclass(frozen=True)
class Options:
    """What the user asked for, checked."""

    models: tuple[str, ...]
    prompts: tuple[str, ...]
    baseline: str | None
    save_baseline: SavedBaseline | None
    limit: int | None
    samples: tuple[str, ...]
    n_repeats: int
    n_concurrent: int | None
    is_adaptive: bool
    cache: str
    is_sequential: bool
    n_rerun: int
    missing_baseline: str
    undecided: str
    store: Path
    report: Path | None
    is_report_off: bool
    ci: str
    is_offline: bool
    data: Path | None
    sandbox: str

    @property
    def is_earlier_baseline(self) -> bool:
        """Whether ``baseline`` names earlier runs, which may not be there yet."""
        return self.baseline is not None and not self.baseline.startswith(SUBJECT)


def read_options(config: pytest.Config) -> Options:
    """Raises pytest.UsageError naming the option and what was seen."""
    named = {option.name: option for option in OPTIONS}

    def text(name: str) -> str | None:
        return _text(config, named[name])

    concurrency = text("concurrency")
    report = text("report")
    store = text("store")
    data = text("data")
    is_sequential, n_rerun = _flag(config, named["sequential"]), _count(config, named["rerun"], least=0) or 0
    if is_sequential and n_rerun:
        raise _usage_error(config, named["rerun"], n_rerun, _NOT_BOTH)
    return Options(
        models=tuple(configured_models(config)),
        prompts=tuple(_texts(config, named["prompt"])),
        baseline=text("baseline"),
        save_baseline=_saved_baseline(
            config, named["save-baseline"], _count(config, named["baseline-runs"]) or 1
        ),
        limit=_count(config, named["limit"]),
        samples=tuple(_texts(config, named["sample"])),
        n_repeats=_count(config, named["repeats"]) or 1,
        n_concurrent=None if concurrency == "auto" else _count(config, named["concurrency"]),
        is_adaptive=concurrency == "auto",
        cache=text("cache") or "readwrite",
        is_sequential=is_sequential,
        n_rerun=n_rerun,
        missing_baseline=text("missing-baseline") or "record",
        undecided=text("undecided") or "pass",
        store=config.invocation_params.dir / (store or DEFAULT_STORE),
        report=config.invocation_params.dir / report if report and report != "off" else None,
        is_report_off=report == "off",
        ci=text("ci") or "auto",
        is_offline=_flag(config, named["offline"]),
        data=config.invocation_params.dir / data if data else None,
        sandbox=text("sandbox") or "auto",
    )


def _raw(config: pytest.Config, option: Option) -> Any:
    value = config.getoption(option.ini)
    if value is None or value is False:
        value = os.environ.get(option.env) or None
    if value is None:
        value = config.getini(option.ini) or None
    return value


def _texts(config: pytest.Config, option: Option) -> list[str]:
    value = _raw(config, option)
    parts: Sequence[str] = [value] if isinstance(value, str) else value or []
    return [text.strip() for part in parts for text in part.split(",") if text.strip()]


def _text(config: pytest.Config, option: Option) -> str | None:
    value = _raw(config, option)
    if value is None:
        return None
    if option.choices and value not in option.choices:
        raise _usage_error(config, option, value, f"choose from {', '.join(option.choices)}")
    return str(value).strip()


def _saved_baseline(config: pytest.Config, option: Option, n_runs: int) -> SavedBaseline | None:
    from evalkit.pytest_plugin.saved_baseline import SavedBaseline  # reads the store: only for who has one

    value = _text(config, option)
    try:
        return SavedBaseline.parse(value, n_runs) if value is not None else None
    except ValueError as error:
        raise _usage_error(config, option, value, str(error)) from None


def _count(config: pytest.Config, option: Option, *, least: int = 1) -> int | None:
    value = _raw(config, option)
    if value is None:
        return None
    digits = str(value).strip()
    if not digits.isdecimal() or len(digits) > _MOST_DIGITS or int(digits) < least:
        raise _usage_error(config, option, value, f"give a whole number >= {least}")
    return int(value)


def _usage_error(config: pytest.Config, option: Option, value: Any, mend: str) -> pytest.UsageError:
    """Names the place where the value was given."""
    from evalkit.pytest_plugin.shown_text import usage_error  # compiles patterns: only for who needs it

    is_on_line = config.getoption(option.ini) is not None
    place = option.flag if is_on_line else option.env if os.environ.get(option.env) else option.ini
    return usage_error(f"{place}={value}: {mend}")


def _flag(config: pytest.Config, option: Option) -> bool:
    value = _raw(config, option)
    return value is True or str(value).lower() in ("1", "true", "yes", "on")
