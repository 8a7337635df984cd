"""What a session said, by every door: status, terminal, JUnit, store, report, comment."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import duckdb

from tests.laws.processes import Ended

STORE = ".evalkit/results.duckdb"
REPORT, SUMMARY, COMMENT = "r.html", "summary.md", "comment.md"

_BADGE = re.compile(
    r'<span class="badge \w+">(?:<svg.*?</svg>)?(\w+)</span></td><td[^>]*><code>(.*?)</code>', re.DOTALL
)
_ROW = re.compile(r"^\| \S (\w+) \| `+ ?(.*?) ?`+ \|", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A test case of the JUnit file.

    Attributes:
        name: class name and name, which together tell it from all others.
        item: the name alone: what a gate or a sample is called.
        verdict: what the item says in its property, None for a test that is none of ours.
        outcome: ``passed``, ``failed``, ``skipped``, as pytest counts it.
    """

    name: str
    item: str
    outcome: str
    verdict: str | None


@dataclass(frozen=True)
class Seen:
    """One session that is over.

    Attributes:
        answered: ids of the samples that the application answered in this session, in order.
        cut: how the session was ended early, None where it was left alone.
        untold_run_id: the run of a session that was told to say nothing, as the store has it.
    """

    folder: Path
    ended: Ended
    answered: tuple[str, ...]
    cut: str | None
    arguments: tuple[str, ...]
    untold_run_id: str | None = None

    @cached_property
    def cases(self) -> list[Case]:
        """Test cases of the JUnit file; none where the session was killed before it wrote one."""
        path = self.folder / "junit.xml"
        return list(map(_case, ET.parse(path).iter("testcase"))) if path.exists() else []

    @cached_property
    def told_run_id(self) -> str | None:
        """The id that the summary names; None where there is no summary, as of a session told to be quiet."""
        found = re.search(r"evalkit show (\S+)\)", self.ended.text)
        return found[1] if found else None

    @property
    def run_id(self) -> str | None:
        """The id that the summary names, or ``untold_run_id`` where it names none."""
        return self.told_run_id or self.untold_run_id

    @property
    def says_lost(self) -> bool:
        """Whether the session says that something that came is not in the store."""
        return "results are missing" in self.ended.text


class Stored:
    """The store of a project, read as any reader of the file would; let go of by the end of a ``with``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STORE

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()

    @property
    def is_there(self) -> bool:
        return self._path.exists()

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self._connection.execute(sql, list(values))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self._path), read_only=True, config={"threads": 1})

    @property
    def run_ids(self) -> set[str]:
        return {row["run_id"] for row in self.rows("SELECT run_id FROM runs")}

    def new_run_of(self, words: Sequence[str], before: AbstractSet[str]) -> str | None:
        """The run that ``evalkit`` with these words has just written."""
        rows = self.rows("SELECT run_id FROM runs WHERE argv = ?", ["evalkit", *words])
        found = {row["run_id"] for row in rows} - before
        assert len(found) <= 1, f"one command wrote {found}"
        return found.pop() if found else None

    def run(self, run_id: str) -> dict[str, Any] | None:
        found = self.rows("SELECT * FROM runs WHERE run_id = ?", run_id)
        return found[0] if found else None

    def last_run(self) -> dict[str, Any] | None:
        found = self.rows("SELECT * FROM runs ORDER BY started_at DESC LIMIT 1")
        return found[0] if found else None

    def evaluations(self, run_id: str) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM evaluations WHERE run_id = ? ORDER BY evaluation_id", run_id)

    def models(self) -> dict[str, str]:
        """Evaluation id to the spec of its model."""
        found = self.rows("SELECT evaluation_id, model FROM evaluations JOIN subjects USING (subject_id)")
        return {row["evaluation_id"]: row["model"] for row in found}

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
            """SELECT e.task, e.evaluation_id, e.gates, v.* EXCLUDE (evaluation_id),
                      CASE WHEN v.is_recorded THEN 'recorded' WHEN v.is_dropped THEN 'dropped'
                           ELSE v.verdict END AS word FROM verdicts v
               JOIN evaluations e USING (evaluation_id) WHERE e.run_id = ?""",
            run_id,
        )

    def endings(self, run_id: str) -> list[dict[str, Any]]:
        """For each evaluation how many responses were answered, of these how many have a price, were cut,
        were filtered."""
        return self.rows(
            """SELECT evaluation_id, count(*) AS n_answered, count(cost_usd) AS n_priced,
                      count(*) FILTER (finish_reason = 'length') AS length,
                      count(*) FILTER (finish_reason = 'content_filter') AS content_filter
               FROM responses JOIN evaluations USING (evaluation_id)
               WHERE run_id = ? AND responses.error IS NULL AND NOT coalesce(is_recheck, false)
               GROUP BY ALL""",
            run_id,
        )

    def baselines(self) -> dict[str, str]:
        return {row["name"]: row["run_id"] for row in self.rows("SELECT name, run_id FROM baselines")}


def in_report(folder: Path) -> Counter[tuple[str, str]]:
    """Gates and their verdicts as the HTML report shows them."""
    page = (folder / REPORT).read_text(encoding="utf-8").replace("<wbr>", "")  # where a long name may break
    return _pairs(_BADGE, html.unescape(page))


def in_markdown(text: str) -> Counter[tuple[str, str]]:
    """Gates and their verdicts as the comment, or the summary of the step, shows them."""
    return _pairs(_ROW, plain(text))


def plain(markdown: str) -> str:
    """Without what keeps Markdown from drawing."""
    return markdown.replace("\\", "")


def _pairs(pattern: re.Pattern[str], text: str) -> Counter[tuple[str, str]]:
    return Counter((gate, word) for word, gate in pattern.findall(text))


def answered_ids(folder: Path) -> tuple[str, ...]:
    path = folder / "answered.jsonl"
    return tuple(map(json.loads, path.read_text().splitlines())) if path.exists() else ()


def _case(element: ET.Element) -> Case:
    properties = {each.get("name"): each.get("value") for each in element.iter("property")}
    tags = {child.tag for child in element}
    outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
    name = f"{element.get('classname')}::{element.get('name')}"
    return Case(name, element.get("name") or "", outcome, properties.get("verdict"))
