"""A project folder whose dataset, application and tests a machine changes between sessions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

#: What must appear nowhere but where a user put it.
CANARY = "sk-law0CANARY0123456789abcdefABCDEF"
#: Every control that a terminal acts on, as answers and names bring them.
CONTROLS = "\x1b]0;owned\x07\x1b[31m\x00\x08\x9b31m‮"

#: Kinds of answers; what the application does for each stands in ``APP``.
RIGHT, WRONG = "right", "wrong"
FAILING = ("raise", "exit", "interrupt", "leak", "cancel")
ODD = (
    "tokens 10**30", "tokens 2**64-1", "tokens text", "tokens negative", "latency nan", "contexts int",
    "logprobs text", "created 1e18", "controls",
)  # fmt: skip
#: Of which the summary says how many there are.
COUNTED = ("length", "filtered", "priced")
KINDS = (RIGHT, WRONG, *FAILING, *ODD, *COUNTED)

APP = """
import asyncio, json, os, time
from pathlib import Path
from evalkit import Response

KINDS = json.loads(Path("kinds.json").read_text())
DELAY_S = float(os.environ.get("APP_DELAY_S", "0"))
CANARY = os.environ["APP_API_KEY"]
CONTROLS = json.loads(Path("controls.json").read_text())

def odd(kind, text):
    values = {
        "tokens 10**30": {"prompt_tokens": 10**30},
        "tokens 2**64-1": {"prompt_tokens": 2**64 - 1},
        "tokens text": {"completion_tokens": "many"},
        "tokens negative": {"prompt_tokens": -5},
        "latency nan": {"latency_s": float("nan")},
        "contexts int": {"contexts": 7},
        "logprobs text": {"choice_logprobs": "high"},
        "created 1e18": {"created_at": 1e18},
        "length": {"finish_reason": "length"},
        "filtered": {"finish_reason": "content_filter"},
        "priced": {"cost_usd": 0.25},
    }
    return Response(text.upper(), **values[kind])

def reply(text, kind):
    if kind == "raise":
        raise ValueError("no answer to " + text)
    if kind == "exit":
        raise SystemExit(3)
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "leak":
        raise RuntimeError("401 for Authorization: Bearer " + CANARY)
    if kind == "cancel":
        raise asyncio.CancelledError
    if kind == "controls":
        return text.upper() + CONTROLS
    if kind == "wrong":
        return "?"
    return text.upper() if kind == "right" else odd(kind, text)

def note(sample):
    with open("answered.jsonl", "a") as file:
        file.write(json.dumps(sample.id) + "\\n")

def answer(text, sample):
    time.sleep(DELAY_S)
    note(sample)
    return reply(text, KINDS.get(sample.id, "right"))

async def other(text, sample):
    await asyncio.sleep(DELAY_S)
    note(sample)
    return reply(text, KINDS.get(sample.id, "right"))
"""

PLAIN = """
def test_plain():
    assert {value}
"""

#: A plugin of somebody else that ends the session in its own way.
CONFTEST = """
import os
import pytest

def pytest_runtest_logreport(report):
    how = os.environ.get("CONFTEST_ENDS", "")
    if report.when == "call" and "plain" in report.nodeid:
        if how == "exit":
            pytest.exit("enough", returncode=0)
        if how == "break":
            raise RuntimeError("a plugin that breaks")
"""


@dataclass
class Project:
    """The truth about the project, and its files.

    Attributes:
        rows: sample id to input; the target is the upper-cased input.
        kinds: sample id to how the application answers it, ``right`` where absent.
        odd: the same of samples that stand in a task of their own, each with an assertion that holds for a
            right answer.
        next_id: numbers new samples, so that no id comes back.
    """

    folder: Path
    rows: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    margin: float = 0.3
    next_id: int = 0
    has_second_task: bool = False

    def __post_init__(self) -> None:
        (self.folder / "suites").mkdir(parents=True)
        self.write("app.py", APP)
        self.write("conftest.py", CONFTEST)
        self.write("test_plain.py", PLAIN.format(value=False))
        self.write("controls.json", json.dumps(CONTROLS))
        self.write("pytest.ini", "[pytest]\n")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add_rows(self, n: int) -> None:
        for _ in range(n):
            self.rows[f"s{self.next_id}"] = f"word {self.next_id}"
            self.next_id += 1

    def drop_rows(self, share: float) -> None:
        """Some stay always."""
        names = list(self.rows)
        for name in names[: int(share * (len(names) - 3))]:
            del self.rows[name]

    def edit_rows(self, share: float) -> None:
        for name in self._first(share):
            self.rows[name] += " again"

    def answer(self, kind: str, share: float) -> None:
        """From now on the application answers a share of the samples like this."""
        for name in self._first(share):
            self.kinds[name] = kind

    def add_odd_row(self, name: str, kind: str) -> None:
        """An asserted sample whose id stands for something else somewhere."""
        self.odd[name] = "odd"
        self.kinds[name] = kind

    def tag(self, tags: list[str]) -> None:
        self.tags = tuple(tags)

    def toggle_second_task(self) -> None:
        self.has_second_task = not self.has_second_task

    def _first(self, share: float) -> list[str]:
        return list(self.rows)[: max(1, round(share * len(self.rows)))]

    def record(self) -> None:
        """Write right answers to every sample as a recording, and two prompts to put over it."""
        rows = [
            json.dumps({"sample_id": name, "output": text.upper()})
            for name, text in (self.rows | self.odd).items()
        ]
        self.write("recorded.jsonl", "\n".join(rows) + "\n")
        self.write("old.txt", "Say {{ input }}")
        self.write("new.txt", "Shout {{ input }}")

    def save(self) -> None:
        """Write the files anew."""
        self.write("kinds.json", json.dumps(self.kinds))
        self.write("suites/cases.jsonl", _lines(self.rows, is_asserted=False))
        self.write("suites/odd.jsonl", _lines(self.odd, is_asserted=True))
        for name in ("a", "b", "odd"):
            if f"law/{name}" in self.sizes:
                task = self._task(f"law/{name}", "odd.jsonl" if name == "odd" else "cases.jsonl")
                self.write(f"suites/{name}.eval.yaml", yaml.safe_dump(task, allow_unicode=True))
            else:
                (self.folder / f"suites/{name}.eval.yaml").unlink(missing_ok=True)

    @property
    def sizes(self) -> dict[str, int]:
        """Task to the number of its samples."""
        names = ("law/a", "law/b") if self.has_second_task else ("law/a",)
        return dict.fromkeys(names, len(self.rows)) | ({"law/odd": len(self.odd)} if self.odd else {})

    def _task(self, name: str, file: str) -> dict[str, object]:
        return {
            "task": name,
            "dataset": {"file": file},
            "scorers": ["exact_match"],
            "metrics": ["accuracy"],
            "gates": ["accuracy >= 0.5", {"regression": {"metric": "accuracy", "margin": self.margin}}],
            "tags": list(self.tags),
        }


def _lines(rows: Mapping[str, str], *, is_asserted: bool) -> str:
    found = []
    for sample_id, text in rows.items():
        row: dict[str, object] = {"id": sample_id, "input": text, "target": text.upper()}
        found.append(json.dumps(row | ({"assert": [{"equals": text.upper()}]} if is_asserted else {})))
    return "\n".join(found) + "\n"
