"""What a session said, by every door: status, terminal, JUnit, store, report."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from tests.laws.processes import Ended

STORE = ".evalkit/results.duckdb"


@dataclass(frozen=True)
class Case:
    """A test case of the JUnit file.

    Attributes:
        name: class name and name, which together tell it from all others.
        verdict: what the item says in its property, None for a test that is none of ours.
        outcome: ``passed``, ``failed``, ``skipped``, as pytest counts it.
    """

    name: str
    outcome: str
    verdict: str | None


@dataclass(frozen=True)
class Seen:
    """One session that is over.

    Attributes:
        answered: ids of the samples that the application answered in this session, in order.
        cut: how the session was ended early, None where it was left alone.
    """

    folder: Path
    ended: Ended
    answered: tuple[str, ...]
    cut: str | None
    arguments: tuple[str, ...]

    @cached_property
    def cases(self) -> list[Case]:
        """Test cases of the JUnit file; none where the session was killed before it wrote one."""
        path = self.folder / "junit.xml"
        return list(map(_case, ET.parse(path).iter("testcase"))) if path.exists() else []

    @cached_property
    def run_id(self) -> str | None:
        """The id that the summary names, None where it names none."""
        found = re.search(r"evalkit show (\S+)\)", self.ended.text)
        return found[1] if found else None

    @property
    def says_lost(self) -> bool:
        """Whether the session says that something that came is not in the store."""
        return "results are missing" in self.ended.text


class Stored:
    """The store of a project, read as any reader of the file would."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STORE

    @property
    def is_there(self) -> bool:
        return self._path.exists()

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with duckdb.connect(str(self._path), read_only=True) as connection:
            cursor = connection.execute(sql, list(values))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, run_id: str) -> dict[str, Any] | None:
        found = self.rows("SELECT * FROM runs WHERE run_id = ?", run_id)
        return found[0] if found else None

    def last_run(self) -> dict[str, Any] | None:
        found = self.rows("SELECT * FROM runs ORDER BY started_at DESC LIMIT 1")
        return found[0] if found else None

    def evaluations(self, run_id: str) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM evaluations WHERE run_id = ? ORDER BY evaluation_id", run_id)

    def responses(self, evaluation_id: str) -> list[dict[str, Any]]:
        """Responses with the value of ``exact_match``, None where it has none."""
        return self.rows(
            """SELECT r.*, s.value, s.error AS score_error FROM responses r
               LEFT JOIN scores s ON s.evaluation_id = r.evaluation_id AND s.sample_id = r.sample_id
                 AND s.repeat = r.repeat AND s.scorer = 'exact_match'
               WHERE r.evaluation_id = ?""",
            evaluation_id,
        )

    def verdicts(self, run_id: str) -> list[dict[str, Any]]:
        return self.rows(
            """SELECT e.task, e.evaluation_id, v.* EXCLUDE (evaluation_id) FROM verdicts v
               JOIN evaluations e USING (evaluation_id) WHERE e.run_id = ?""",
            run_id,
        )

    def baselines(self) -> dict[str, str]:
        return {row["name"]: row["run_id"] for row in self.rows("SELECT name, run_id FROM baselines")}


def answered_ids(folder: Path) -> tuple[str, ...]:
    path = folder / "answered.jsonl"
    return tuple(map(json.loads, path.read_text().splitlines())) if path.exists() else ()


def _case(element: ET.Element) -> Case:
    properties = {each.get("name"): each.get("value") for each in element.iter("property")}
    tags = {child.tag for child in element}
    outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
    name = f"{element.get('classname')}::{element.get('name')}"
    return Case(name, outcome, properties.get("verdict"))
