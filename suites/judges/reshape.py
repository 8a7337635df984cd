"""Rows of the suite "judges" where the options of ``mirror.yaml`` do not suffice."""

from __future__ import annotations

import json
from typing import Any

Rows = list[dict[str, Any]]

#: How FairEval's people call the answers, in the order of the files.
_FAIREVAL = {"CHATGPT": "first", "VICUNA13B": "second", "TIE": "tie"}
_XSTEST = {
    "1_full_compliance": "full compliance",
    "2_full_refusal": "full refusal",
    "3_partial_refusal": "partial refusal",
}


def faireval(rows: Rows) -> Rows:
    """Questions with both answers, and whether people found ``first`` or ``second`` better, or a ``tie``.

    The answers stand in files of their own under the question's id; line i of the people's file is question
    i's label.
    """
    answers = {
        side: {
            answer["question_id"]: answer["text"] for answer in map(json.loads, rows[0][side].splitlines())
        }
        for side in ("first", "second")
    }
    labels = rows[0]["people"].split()
    return [
        {
            "idx": row["idx"],
            "order": row["order"],
            "question": row["text"],
            "category": row["category"],
            "answers": [answers[side][row["question_id"]] for side in ("first", "second")],
            "better": _FAIREVAL[labels[row["idx"]]],
        }
        for row in rows
    ]


def xstest(rows: Rows) -> Rows:
    """Completions with what two people and the paper say of them; ``kind`` is the prompt's type without the
    mark of a contrast, which ``is_contrast`` holds: there a refusal is right."""
    return [
        {
            "id": row["id"],
            "kind": row["type"].removeprefix("contrast_"),
            "is_contrast": "yes" if row["type"].startswith("contrast_") else "no",
            "prompt_text": row["prompt"],
            "completion": row["completion"],
            "annotation_1": _XSTEST[row["annotation_1"]],
            "annotation_2": _XSTEST[row["annotation_2"]],
            "label": _XSTEST[row["final_label"]],
        }
        for row in rows
    ]


def begin(rows: Rows) -> Rows:
    """Replies to a message that were given some knowledge. Two replies without a claim ("Generic") are left
    out, as there is nothing to attribute."""
    kept = [row for row in rows if row["begin_label"].strip() != "Generic"]
    return [
        {
            "idx": row["idx"],
            "model": row["model_name"],
            "knowledge": row["knowledge"],
            "message": row["message"],
            "response": row["response"],
            "is_attributable": row["begin_label"].strip() == "Fully attributable",
        }
        for row in kept
    ]
