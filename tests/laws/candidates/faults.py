"""Faults for ``make soak-faults``, planted into sessions of several candidates, and what finds them.

Each is what the code would do without one of the parts that keep the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.laws.faults import put


def _slices_hold_everything() -> None:
    put(
        "evalkit.comparisons.slices.members:members",
        lambda observations, part: frozenset(observations.slices[part.by]),
    )


def _small_slices_are_tested() -> None:
    put("evalkit.gates.deciding.conclude:without_unseen", list)
    put("evalkit.gates.deciding.prepare:least_p_value", lambda gate, n: 0.0)


def _dropped_subjects_are_decided() -> None:
    put("evalkit.session.tournament.tournament:Tournament.dropped_verdict", lambda self, planned, gate: None)


def _the_worst_stays() -> None:
    field = import_module("evalkit.session.tournament.field").Field
    value = field._value

    def turned(self: Any, place: int, index: int) -> float | None:
        found = value(self, place, index)
        return None if found is None else 1 - found

    put("evalkit.session.tournament.field:Field._value", turned)


def _tied_subjects_are_stopped() -> None:
    put("evalkit.session.tournament.field:Field._may_stop", lambda self, place, ready: self._n_seen > 3)


def _versions_are_the_latest() -> None:
    put(
        "evalkit.session.prompt_catalogue.catalogue:Catalogue.find",
        lambda self, which: max(self.versions, key=lambda each: each.version),
    )


def _draws_ask_one_more() -> None:
    planning = import_module("evalkit.session.control_variate.planning")
    asking = planning._asking

    put(
        "evalkit.session.control_variate.planning:_asking",
        lambda planned, n, past: asking(planned, n + 1, past),
    )


def _refusals_come_late() -> None:
    planning = import_module("evalkit.session.control_variate.planning")
    refused = planning._refused

    def late(planned: Any, reason: str) -> Any:
        Path("answered.jsonl").write_text('["c3", "v0", "0"]\n')
        return refused(planned, reason)

    put("evalkit.session.control_variate.planning:_refused", late)


def _bridges_are_told_alone() -> None:
    put("evalkit.store.bridges:write_bridges", lambda connection, bridges: None)


def _reading_leaves_a_file() -> None:
    show = import_module("evalkit.cli.show")
    found = show.find_run

    def noting(store: Any, name: str) -> Any:
        Path("shown.txt").write_text(name)
        return found(store, name)

    put("evalkit.cli.show:find_run", noting)


def _subjects_share_a_model() -> None:
    python = import_module("evalkit.models.python")
    opened = python.open_model

    put(
        "evalkit.models.python:open_model",
        lambda spec, settings: opened(replace(spec, name="app:c0"), settings),
    )


#: Name -> what plants it, and the law that finds it.
CANDIDATE_FAULTS: dict[str, tuple[Callable[[], None], str]] = {
    "a slice holds all rows": (_slices_hold_everything, "slices_hold_their_own_rows"),
    "a slice of three samples is tested": (_small_slices_are_tested, "small_slices_decide_nothing"),
    "a dropped subject is decided": (_dropped_subjects_are_decided, "dropped_subjects_decide_nothing"),
    "a tournament keeps the worst": (_the_worst_stays, "the_best_stays"),
    "a tournament stops those that are tied": (_tied_subjects_are_stopped, "tournaments_share_their_samples"),
    "a version is the latest": (_versions_are_the_latest, "versions_stay_what_they_were"),
    "a draw asks one sample more": (_draws_ask_one_more, "draws_ask_what_they_say"),
    "a draw is refused late": (_refusals_come_late, "refusals_ask_nothing"),
    "a bridge is told and not kept": (_bridges_are_told_alone, "bridges_are_kept"),
    "a command that reads leaves a file": (_reading_leaves_a_file, "commands_write_nothing"),
    "subjects share a model": (_subjects_share_a_model, "answers_are_those_of_their_subject"),
}
