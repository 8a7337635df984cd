"""Every option of a session, declared once: name, meaning, and how its text is read.

The pytest plugin calls them ``--llm-NAME``; other doors take the same ones under their own spelling.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit.core.frozen import frozen
from evalkit.errors import UsageError

if TYPE_CHECKING:
    from evalkit.core.budget import BudgetLimits
    from evalkit.session.saved_baseline import SavedBaseline

DEFAULT_STORE: Final = ".evalkit/results.duckdb"
#: How a baseline is named that is another Subject of the same session.
SUBJECT: Final = "subject:"


@frozen
class Option:
    """One option. ``metavar`` stands for its value in help texts, ``bare`` is the value of a bare one."""

    name: str
    metavar: str
    help: str
    is_list: bool = False
    is_flag: bool = False
    choices: tuple[str, ...] | None = None
    bare: str | None = None

    @property
    def env(self) -> str:
        """The environment variable that gives it, whichever door is used."""
        return "EVALKIT_" + self.name.replace("-", "_").upper()


OPTIONS = (
    Option("model", "SPEC", "model to test: provider/name[?param=value&...] or an alias; repeatable", True),
    Option(
        "prompt",
        "[NAME=]FILE",
        "prompt to test instead of each task's own ('default'), or NAME@VERSION; repeatable",
        True,
    ),
    Option("baseline", "WHAT", "compare with: a name, run:ID, latest, branch:NAME, file:PATH, subject:SPEC"),
    Option(
        "save-baseline",
        "NAME[:undecided]",
        "point this baseline at the run if no gate fails or is undecided; with :undecided, also if gates are "
        "undecided, unless one fell by its margin",
    ),
    Option("baseline-runs", "K", "pool the last K runs in the baseline that is saved (default 1)"),
    Option("limit", "N", "ask only the first N samples of each task (makes the run partial)"),
    Option("sample", "ID,...", "ask only these samples (makes the run partial)", True),
    Option("repeats", "K", "responses for each sample (default 1)"),
    Option("judge", "SPEC", "model for judge scorers that name none: provider/name[?...] or an alias"),
    Option("judge-repeats", "N", "how often each response is judged (default 1)"),
    Option("concurrency", "N|auto", "requests in flight for each model; auto finds a suitable number"),
    Option(
        "cache",
        "MODE",
        "response cache: readwrite (default), read, refresh (ask again and store), or off",
        choices=("readwrite", "read", "refresh", "off"),
    ),
    Option("sequential", "", "stop asking as soon as every gate of a task is decided", is_flag=True),
    Option(
        "tournament",
        "METRIC",
        "ask all subjects side by side and drop those clearly behind in METRIC (default: each task's first "
        "metric that is a bounded mean)",
        bare="first",
    ),
    Option(
        "control-variate",
        "N",
        "ask N samples drawn at random (without N: as many as the gates' margins need) and predict the "
        "others from earlier subjects; the verdict covers all samples (makes the run partial)",
        bare="auto",
    ),
    Option("max-cost", "USD", "spend at most this many US dollars, then stop asking"),
    Option("max-requests", "N", "send at most N requests, including failed ones"),
    Option("max-tokens", "N", "read and write at most N tokens"),
    Option(
        "dry-run", "", "ask nothing; say what would be asked and what it would cost", is_flag=True
    ),
    Option("rerun", "N", "send up to N further requests where a verdict could change (default 0)"),
    Option(
        "batch",
        "wait|submit",
        "use the vendor's batch endpoint, at a lower price: wait for the answers (default), or submit and "
        "collect them later with the same command",
        choices=("wait", "submit"),
        bare="wait",
    ),
    Option(
        "batch-failed",
        "OUTCOME",
        "requests that failed in a batch: error (default), or live to send them again at the full price",
        choices=("error", "live"),
    ),
    Option(
        "missing-baseline",
        "OUTCOME",
        "how a regression gate without a baseline ends: record (default) or fail",
        choices=("record", "fail"),
    ),
    Option(
        "undecided", "OUTCOME", "how an undecided gate ends: pass (default) or fail", choices=("pass", "fail")
    ),
    Option(
        "sandbox",
        "LEVEL",
        "how code that a model wrote is run: auto (default, the strongest that works here), bwrap, userns, "
        "process, docker, or bare (no protection)",
        choices=("auto", "bwrap", "userns", "process", "docker", "bare"),
    ),
    Option("store", "PATH", "DuckDB file for results (default .evalkit/results.duckdb)"),
    Option("report", "PATH|off", "HTML report (default reports/<run_id>.html), or off"),
    Option(
        "ci",
        "HOST",
        "CI host to report to: auto (default), github, gitlab, or off",
        choices=("auto", "github", "gitlab", "off"),
    ),
    Option("offline", "", "refuse every connection except to loopback", is_flag=True),
    Option("data", "PATH", "local mirror for datasets: a mirror.yaml or a folder with one"),
)  # fmt: skip

#: Samples that are drawn at the least (``--llm-control-variate``).
LEAST_DRAW = 50
#: What asks other samples than a draw does, or further ones.
_NOT_OF_A_DRAW = ("sequential", "tournament", "rerun", "limit", "sample")
#: Digits of a count: nobody means a number with more, and Python does not read 5,000 of them.
_MOST_DIGITS = 12


@frozen
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
    budget: BudgetLimits
    is_dry_run: bool
    missing_baseline: str
    undecided: str
    store: Path
    report: Path | None
    is_report_off: bool
    ci: str
    is_offline: bool
    data: Path | None
    sandbox: str
    batch: str | None = None
    batch_failed: str = "error"
    tournament: str | None = None
    #: Samples to draw; 0 for as many as the gates take, None where all are asked.
    control_variate: int | None = None
    #: The judge Model of scorers that name none.
    judge: str | None = None
    n_judge_repeats: int = 1
    #: The number of the first round of judges: those before were asked earlier.
    first_judge_round: int = 0

    @property
    def is_earlier_baseline(self) -> bool:
        """Whether ``baseline`` names earlier runs, which may not be there yet."""
        return self.baseline is not None and not self.baseline.startswith(SUBJECT)


class OptionsReader:
    """Reads the options of one door.

    Args:
        raw: the value given for an option: a text, a list of texts, a bool, or None where none was given.
        place: how the door calls an option where its value was given, for messages (``--llm-limit``).
        cwd: folder that relative paths start at.
    """

    def __init__(self, raw: Callable[[Option], Any], place: Callable[[Option], str], cwd: Path) -> None:
        self._raw_of = raw
        self._place = place
        self._cwd = cwd
        self._named = {option.name: option for option in OPTIONS}

    def read(self) -> Options:
        """Raises UsageError naming the option and what was seen."""
        concurrency, report = self._text("concurrency"), self._text("report")
        return Options(
            models=tuple(self.texts("model")),
            prompts=tuple(self.texts("prompt")),
            baseline=self._text("baseline"),
            save_baseline=self._saved_baseline(),
            limit=self._count("limit"),
            samples=tuple(self.texts("sample")),
            n_repeats=self._count("repeats") or 1,
            n_concurrent=None if concurrency == "auto" else self._count("concurrency"),
            is_adaptive=concurrency == "auto",
            cache=self._text("cache") or "readwrite",
            is_sequential=self._flag("sequential"),
            n_rerun=self._count("rerun", least=0) or 0,
            budget=self._budget(),
            is_dry_run=self._dry_run(),
            missing_baseline=self._text("missing-baseline") or "record",
            undecided=self._text("undecided") or "pass",
            store=self.store,
            report=self._cwd / report if report and report != "off" else None,
            is_report_off=report == "off",
            ci=self._text("ci") or "auto",
            is_offline=self._flag("offline"),
            data=self._path("data"),
            sandbox=self._text("sandbox") or "auto",
            batch=self._text("batch"),
            batch_failed=self._text("batch-failed") or "error",
            tournament=self._tournament(),
            control_variate=self._control_variate(),
            judge=self._text("judge"),
            n_judge_repeats=self._count("judge-repeats") or 1,
        )

    @property
    def store(self) -> Path:
        """The file of results."""
        text = self._text("store")
        return self._cwd / (os.path.expanduser(text) if text else DEFAULT_STORE)

    def texts(self, name: str) -> list[str]:
        """The values of an option that may be given several times, or with commas."""
        value = self._raw(name)
        parts: Sequence[str] = [value] if isinstance(value, str) else value or []
        return [text.strip() for part in parts for text in part.split(",") if text.strip()]

    def _raw(self, name: str) -> Any:
        return self._raw_of(self._named[name])

    def _text(self, name: str) -> str | None:
        value = self._raw(name)
        if value is None:
            return None
        if value is True:
            value = self._named[name].bare or value
        choices = self._named[name].choices
        if choices and value not in choices:
            raise self._wrong(name, value, f"choose from {', '.join(choices)}")
        return str(value).strip()

    def _path(self, name: str) -> Path | None:
        text = self._text(name)
        return self._cwd / text if text else None

    def _budget(self) -> BudgetLimits:
        from evalkit.core.budget import BudgetLimits  # nothing is imported where no model is configured

        counts = self._count("max-requests"), self._count("max-tokens")
        return BudgetLimits(self._amount("max-cost"), *counts)

    def _saved_baseline(self) -> SavedBaseline | None:
        n_runs = self._count("baseline-runs") or 1
        value = self._text("save-baseline")
        if value is None:
            return None
        from evalkit.session.saved_baseline import SavedBaseline  # reads the store: only for who has one

        try:
            return SavedBaseline.parse(value, n_runs)
        except ValueError as error:
            raise self._wrong("save-baseline", value, str(error)) from None

    def _control_variate(self) -> int | None:
        value = self._text("control-variate")
        if value is None:
            return None
        for name in _NOT_OF_A_DRAW:
            if self._raw(name) not in (None, "", "0", False, [], ()):
                hint = (
                    f"leave one of the two out: it does not go together with {self._place(self._named[name])}"
                )
                raise self._wrong("control-variate", value, hint)
        if (self._text("baseline") or "").startswith(SUBJECT):
            hint = "name a stored baseline: nobody knows what another subject of this session will answer"
            raise self._wrong("control-variate", value, hint)
        return 0 if value == "auto" else self._count("control-variate", least=LEAST_DRAW)

    def _count(self, name: str, *, least: int = 1) -> int | None:
        value = self._raw(name)
        if value is None:
            return None
        digits = str(value).strip()
        if not digits.isdecimal() or len(digits) > _MOST_DIGITS or int(digits) < least:
            raise self._wrong(name, value, f"give a whole number >= {least}")
        return int(value)

    def _dry_run(self) -> bool:
        is_dry = self._flag("dry-run")
        for name in ("save-baseline", "report") if is_dry else ():
            if (value := self._raw(name)) not in (None, "off"):
                raise self._wrong(name, value, "leave it out: a dry run asks nothing, and has no results")
        return is_dry

    def _tournament(self) -> str | None:
        metric = self._text("tournament")
        rivals = (
            ("sequential", self._flag("sequential")),
            ("rerun", self._count("rerun", least=0)),
            ("batch", self._text("batch")),
        )
        other = next((name for name, value in rivals if value), None)
        if metric is not None and other is not None:
            place = self._place(self._named[other])
            raise self._wrong(
                "tournament", metric, f"leave out {place}: each decides by itself what is asked"
            )
        return metric

    def _amount(self, name: str) -> float | None:
        value = self._raw(name)
        if value is None:
            return None
        try:
            amount = float(str(value).strip().removeprefix("$"))
        except ValueError:
            amount = nan
        if not 0 < amount < inf:
            raise self._wrong(name, value, "give US dollars > 0")
        return amount

    def _wrong(self, name: str, value: Any, hint: str) -> UsageError:
        """Names the place where the value was given."""
        return UsageError(f"{self._place(self._named[name])}={value}: {hint}")

    def _flag(self, name: str) -> bool:
        value = self._raw(name)
        return value is True or str(value).lower() in ("1", "true", "yes", "on")
