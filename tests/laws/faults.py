"""Faults that once were in the code, planted back for ``make soak-faults``: what the laws' checks must find.

Each takes all layers away that were put up against it: an outer one alone would be caught by an inner one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest


def plant(name: str) -> None:
    """Put the fault into this process."""
    if name in FAULTS:
        FAULTS[name]()
        return
    from tests.laws.candidates.faults import CANDIDATE_FAULTS
    from tests.laws.judged.faults import JUDGED_FAULTS
    from tests.laws.paid.faults import PAID_FAULTS

    (PAID_FAULTS | CANDIDATE_FAULTS | JUDGED_FAULTS)[name][0]()


def put(place: str, value: Any) -> None:
    """Replace ``module:name`` or ``module:Class.name``."""
    module, _, path = place.partition(":")
    target: Any = import_module(module)
    *way, last = path.split(".")
    for part in way:
        target = getattr(target, part)
    assert hasattr(target, last), place
    setattr(target, last, value)


def _cut_off_runs_are_whole() -> None:
    def was_cut(self: Any, session: Any, status: int) -> bool:
        return status == pytest.ExitCode.INTERRUPTED or bool(session.shouldstop)

    put("evalkit.pytest_plugin.hooks:ActivePlugin._was_cut", was_cut)
    put("evalkit.pytest_plugin.roles:Solo.is_cut", False)
    put("evalkit.session.closing:Closing._check_whole", lambda self, store: None)
    put("evalkit.store.baselines:not_whole", lambda connection, run_id: [])
    finish = import_module("evalkit.session.evaluator").Evaluator.finish

    def finish_whole(self: Any, **options: Any) -> None:
        finish(self, **options)
        self.is_cut = False

    put("evalkit.session.evaluator:Evaluator.finish", finish_whole)


def _missing_pairs_pass() -> None:
    put("evalkit.gates.deciding.regression:reservation", lambda *_: "")
    put("evalkit.gates.deciding.regression:too_little_common", lambda *_: None)
    put("evalkit.store.baselines:_why_not_whole", lambda *_: None)


def _errors_are_recorded() -> None:
    put("evalkit.session.compared_gates:too_many_errors", lambda *_: None)


def _values_are_not_checked() -> None:
    put("evalkit.runner.asking:checked", lambda response, n_choices=None: response)
    runs_of = import_module("evalkit.store.runs").runs_of
    put(
        "evalkit.store.runs:runs_of",
        lambda connection, rows: [replace(run, n_unread=0) for run in runs_of(connection, rows)],
    )
    put("evalkit.session.closing:Closing._tell", lambda self, report: None)
    put("evalkit.session.closing:Closing._check_whole", lambda self, store: None)


def _one_row_stops_the_fold() -> None:
    put("evalkit.runner.asking:checked", lambda response, n_choices=None: response)
    put("evalkit.store.bulk:misfit", lambda *_: None)
    put("evalkit.store.bulk:all_fit", lambda *_: True)
    spool_file = import_module("evalkit.store.spool_file")
    put("evalkit.store.spool_file:SpoolFile._fold_chunk", spool_file.SpoolFile._insert)


def _ids_are_paths() -> None:
    for module in ("store.run_content", "store.spool", "store.fitting", "store.fold", "report.write"):
        put(f"evalkit.{module}:is_plain_name", lambda text: True)


def _names_collide() -> None:
    put("evalkit.pytest_plugin.collection:node_name", lambda text, **_: text)
    put("evalkit.session.item_spec:ItemSpec.outcome_id", property(lambda self: self.node_id))


def _tags_are_marks() -> None:
    tags = import_module("evalkit.pytest_plugin.tags")

    def marks_of(config: pytest.Config, names: Any) -> Any:
        plain = [getattr(pytest.mark, tags.mark_name(name)) for name in names]
        return tags.TagMarks(tuple(plain), ())

    put("evalkit.pytest_plugin.items:marks_of", marks_of)


def _exits_end_the_loop() -> None:
    def caught(error: BaseException) -> Exception:
        if isinstance(error, Exception):
            return error
        raise error

    for module in ("core.user_code", "runner.asking", "runner.scoring", "runner.runner", "models.python"):
        put(f"evalkit.{module}:caught", caught)


def _a_lost_store_is_green() -> None:
    put("evalkit.store.store:StoreMark.is_same", lambda self, store: True)


def _texts_reach_the_terminal() -> None:
    for module in ("items", "collection", "shown_text", "hooks"):
        place = import_module(f"evalkit.pytest_plugin.{module}")
        for name in ("inert", "name_of", "message"):
            if hasattr(place, name):
                setattr(place, name, lambda text, *_: str(text))
    node_name = import_module("evalkit.pytest_plugin.node_names").node_name

    def told_apart_only(text: str, *, is_leaf: bool = False, taken: Any = ()) -> str:
        return str(node_name(text, is_leaf=is_leaf, taken=taken)) if text in taken else text

    put("evalkit.pytest_plugin.collection:node_name", told_apart_only)
    put("evalkit.core.text:visible", lambda text: text)
    put("evalkit.report.look:inert", lambda text: text)
    for module in ("report.summary", "runner.scoring", "session.asserted_samples"):
        place = import_module(f"evalkit.{module}")
        for name in ("visible", "shown", "name_of", "one_line"):
            if hasattr(place, name):
                setattr(place, name, lambda text, *_: str(text))


def _keys_are_kept() -> None:
    for module in ("runner.scoring", "models.http"):
        place = import_module(f"evalkit.{module}")
        if hasattr(place, "redact"):
            place.redact = lambda text: text  # type: ignore[attr-defined]


def _recordings_pass() -> None:
    put("evalkit.gates.deciding.regression:reservation", lambda *_: "")


def _nothing_compared_passes() -> None:
    verdict = import_module("evalkit.core.verdict").Verdict
    put(
        "evalkit.session.compared_gates:_nothing_compared",
        lambda gate, nothing, doubt: verdict(gate.text, "pass", f"recorded; {nothing.reason}"),
    )


def _drops_are_saved() -> None:
    put("evalkit.session.saved_baseline:why_held", lambda *_, **__: None)


def _endings_are_silent() -> None:
    put("evalkit.core.tally:Tally.endings", property(lambda self: ""))


def _half_a_sum_is_the_total() -> None:
    for module in ("terminal", "markdown"):
        put(f"evalkit.report.{module}:of_known", lambda *_: "")


def _exit_0_is_green() -> None:
    def finish(self: Any, session: pytest.Session, exitstatus: int) -> None:
        self._role.finish(is_interrupted=self._was_cut(session, exitstatus))

    put(
        "evalkit.pytest_plugin.hooks:ActivePlugin.pytest_sessionfinish",
        pytest.hookimpl(tryfirst=True)(finish),
    )


def _budgets_have_no_end() -> None:
    put("evalkit.runner.budget.budget:Budget._passed", lambda self, account, amount: None)


def _what_is_left_is_whole() -> None:
    put("evalkit.runner.unit:Unit.is_out_of_budget", False)


#: Name -> what plants it.
FAULTS: dict[str, Callable[[], None]] = {
    "a cut-off run becomes a whole baseline": _cut_off_runs_are_whole,
    "a regression gate ignores missing pairs": _missing_pairs_pass,
    "a run of errors is recorded": _errors_are_recorded,
    "rows are lost without a word": _values_are_not_checked,
    "one number bricks the store": _one_row_stops_the_fold,
    "a path outside is written": _ids_are_paths,
    "names of items collide": _names_collide,
    "tags steer pytest": _tags_are_marks,
    "what user code raises ends the loop": _exits_end_the_loop,
    "a store that is gone is green": _a_lost_store_is_green,
    "controls reach the terminal": _texts_reach_the_terminal,
    "a key is kept": _keys_are_kept,
    "one recording passes against itself": _recordings_pass,
    "a gate without a baseline passes": _nothing_compared_passes,
    "a collapse becomes the baseline": _drops_are_saved,
    "cut and filtered answers are not counted": _endings_are_silent,
    "half of the costs are the total": _half_a_sum_is_the_total,
    "an exit with status 0 is green": _exit_0_is_green,
    "what a budget leaves decides": _what_is_left_is_whole,
    "a budget has no end": _budgets_have_no_end,
}
