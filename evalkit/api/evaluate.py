"""``evaluate`` and ``aevaluate``: a whole session from Python."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.api.options import Given, options_of, project_root, with_models
from evalkit.api.progress import ProgressBar
from evalkit.api.results import Failure, Results
from evalkit.core.task import Task
from evalkit.errors import UsageError
from evalkit.redaction.clean_errors import clean_errors
from evalkit.session.driver import drive
from evalkit.session.solo import SoloSession
from evalkit.session.task_sources import load_tasks

Tasks = str | Path | Task | Iterable[str | Path | Task]
Models = Given | Iterable[Given] | Mapping[str, Given]


class _StoppedError(Exception):
    """The caller of ``aevaluate`` has gone."""


def evaluate(
    tasks: Tasks,
    models: Models | None = None,
    *,
    prompts: Mapping[str, str | Path | None] | None = None,
    baseline: str | None = None,
    store: str | Path | None = None,
    report: str | Path | None = None,
    progress: bool = True,
    **options: Any,
) -> Results:
    """Evaluate tasks with models, as pytest and ``evalkit run`` do: the same rows, hashes and verdicts.

    It can be called from any thread, even one where an event loop is running: the calls to models have a loop
    of their own. After a KeyboardInterrupt the store is valid and holds the answers that had arrived.

    Args:
        tasks: task files, Python modules, folders of them, or ``evalkit.Task`` objects.
        models: specs (``"openai/gpt-4o-mini"``), callables that take a prompt and return a text, or objects
            with ``respond`` (``evalkit.Model``); a mapping gives them names. By default ``EVALKIT_MODEL``.
        prompts: name of a prompt -> prompt file, to be tested instead of each task's own prompt.
            ``"default": "default"`` stands for that one, ``"NAME@VERSION": None`` for a version that git or
            the store has.
        baseline: what to compare with: a name, ``run:ID``, ``latest``, ``branch:NAME``, ``file:PATH`` or
            ``subject:SPEC``.
        store: the DuckDB file for results, by default ``.evalkit/results.duckdb``.
        report: where to write the HTML report; by default nowhere (``Results.report`` writes it later).
        progress: show a progress bar.
        options: all other options of the plugin, by their names without ``llm-``: ``limit``, ``sample``,
            ``repeats``, ``judge``, ``judge_repeats``, ``concurrency``, ``cache``, ``sequential``,
            ``tournament``, ``control_variate`` (a number, or True), ``max_cost``, ``max_requests``,
            ``max_tokens``, ``rerun``, ``batch``, ``batch_failed``, ``save_baseline``, ``baseline_runs``,
            ``missing_baseline``, ``undecided``, ``sandbox``, ``offline``, ``data``.

    Returns:
        The Results of the run, whether its gates pass or not (``Results.raise_on_failure`` raises).

    Raises:
        EvalkitError: an argument cannot be used; no model was called.
        BatchPendingError: batches are still running; the same call collects them later.
    """
    given = {**options, "baseline": baseline, "store": store, "report": report}
    with clean_errors():
        return _Call(tasks, models, prompts, given).run(progress, lambda: None)


async def aevaluate(tasks: Tasks, models: Models | None = None, **arguments: Any) -> Results:
    """``evaluate`` for a running event loop: it takes the same arguments and does not block the loop.

    If its asyncio task is cancelled, the session is interrupted, the answers that had arrived are kept, and
    CancelledError is raised.
    """
    is_cancelled = threading.Event()

    def stop_if_cancelled() -> None:
        if is_cancelled.is_set():
            raise _StoppedError

    progress = arguments.pop("progress", True)
    known = {key: arguments.pop(key, None) for key in ("prompts",)}
    with clean_errors():
        call = _Call(tasks, models, known["prompts"], arguments)
    work = asyncio.ensure_future(asyncio.to_thread(call.run, progress, stop_if_cancelled))
    try:
        with clean_errors():
            return await asyncio.shield(work)
    except asyncio.CancelledError:
        is_cancelled.set()
        await asyncio.wait([work])
        work.exception()
        raise


class _Call:
    """The arguments of one call, read and checked."""

    def __init__(
        self,
        tasks: Tasks,
        models: Models | None,
        prompts: Mapping[str, str | Path | None] | None,
        options: Mapping[str, Any],
    ) -> None:
        self._cwd = Path.cwd()
        given = {**options, "report": options.get("report") or "off"}
        self._options, self._models = with_models(options_of(given, self._cwd), models, self._cwd)
        if self._options.is_dry_run:
            hint = "from a shell: evalkit run SUITE --model=SPEC --dry-run --json"
            raise UsageError("evaluate takes no dry_run: a dry run has no results", hint=hint)
        if prompts is not None:
            if not isinstance(prompts, Mapping):
                hint = "prompts={'terse': 'terse.jinja'}"
                raise UsageError(f"prompts={prompts!r} does not map names to files", hint=hint)
            self._options = replace(self._options, prompts=tuple(map(_prompt, prompts.items())))
        self._tasks = _tasks(tasks)

    def run(self, is_progress_shown: bool, check: Callable[[], None]) -> Results:
        with ProgressBar(is_progress_shown) as bar:

            def on_wait() -> None:
                check()
                bar.tick()

            solo = SoloSession(
                self._options,
                project_root(self._cwd),
                self._cwd,
                ["evalkit.evaluate"],
                on_wait=on_wait,
                models=self._models,
            )
            bar.follow(solo.session)
            found = drive(solo, self._tasks, check)
        failed = [each for each in found if not each.is_passed]
        failures = [Failure(each.name, each.outcome.verdict, each.outcome.detail) for each in failed]
        problems = list(solo.closing.summary_lines()) if solo.closing.has_lost_results else ()
        return Results(solo.closing.run_id, self._options.store, failures, problems)


def _prompt(item: tuple[str, str | Path | None]) -> str:
    name, file = item
    if file is None:
        return name
    return "default" if str(file) == "default" == name else f"{name}={file}"


def _tasks(given: Tasks) -> Sequence[Task]:
    several = [given] if isinstance(given, str | Path | Task) else list(given)
    found: list[Task] = []
    for each in several:
        if isinstance(each, Task):
            found.append(each)
        elif isinstance(each, str | Path):
            found += load_tasks(Path(each))
        else:
            what = f"{each!r} is not a task"
            raise UsageError(what, hint="give a path of task files, or an evalkit.Task")
    if not found:
        raise UsageError("no task is given", hint="evaluate('suites/support', models=[…])")
    return found
