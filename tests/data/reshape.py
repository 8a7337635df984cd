"""Rows of local files as the Hub gives them, where the options of ``mirror.yaml`` do not suffice."""

from __future__ import annotations

from typing import Any

Rows = list[dict[str, Any]]


def record(rows: Rows) -> Rows:
    """ReCoRD: entities are places in the passage, last character included; the Hub has their texts."""
    return [
        {
            "passage": row["passage"]["text"],
            "query": row["qas"]["query"],
            "entities": _unique(_span(row["passage"]["text"], place) for place in row["passage"]["entities"]),
            "answers": _unique(answer["text"] for answer in row["qas"]["answers"]),
            "idx": {"passage": row["idx"], "query": row["qas"]["idx"]},
        }
        for row in rows
    ]


def arc(rows: Rows) -> Rows:
    """ARC: three choices or four. Questions whose right answer the file lost (a fifth choice, or choices
    labelled with numbers) are left out."""
    made = []
    for row in rows:
        texts = [text for text in row["choices"]["text"] if text]
        labels = list("ABCD"[: len(texts)])
        if row["answerKey"] in labels:
            made.append({**row, "choices": {"text": texts, "label": labels}})
    return made


def truthfulqa(rows: Rows) -> Rows:
    """TruthfulQA: ``mc1`` is the best answer against the false ones, ``mc2`` all true against all false."""
    made = []
    for row in rows:
        true, false = _answers(row["Correct Answers"]), _answers(row["Incorrect Answers"])
        made.append(
            {
                "question": row["Question"],
                "mc1_targets": _targets([row["Best Answer"].strip()], false),
                "mc2_targets": _targets(true, false),
            }
        )
    return made


def last_20(rows: Rows) -> Rows:
    return rows[-20:]


def last_100(rows: Rows) -> Rows:
    return rows[-100:]


def all_but_last_100(rows: Rows) -> Rows:
    return rows[:-100]


def _span(text: str, place: dict[str, int]) -> str:
    return text[place["start"] : place["end"] + 1]


def _unique(texts: Any) -> list[str]:
    return list(dict.fromkeys(texts))


def _answers(text: str) -> list[str]:
    return [answer.strip() for answer in text.split(";") if answer.strip()]


def _targets(true: list[str], false: list[str]) -> dict[str, list[Any]]:
    return {"choices": [*true, *false], "labels": [1] * len(true) + [0] * len(false)}
