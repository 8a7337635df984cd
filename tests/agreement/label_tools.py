"""Exported reviews, read by the SDKs of Argilla and Label Studio.

    python -m tests.agreement.label_tools VENV

The virtual environment is made when it is not there (argilla, label-studio-sdk). Three answers are exported
with labels; each SDK reads the file, writes it as its own export does, and what it wrote is imported: nothing
may be new. Label Studio's interface also validates every task and annotation against its configuration.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

from evalkit.cli import main as evalkit
from evalkit.core.review import Review, ReviewItem
from evalkit.review.question import question_of
from evalkit.store.journal import Journal
from evalkit.store.reviews import review_row
from tests.benchmarks.venvs import ensure
from tests.unit.review.desks import add_answers, numbered

REQUIREMENTS = ("argilla==2.8.0", "label-studio-sdk==2.1.2")
_ARGILLA = """
import json, sys
from argilla.records._io import JsonIO
JsonIO.to_json(JsonIO._records_from_json(sys.argv[1]), sys.argv[2])
"""
_LABEL_STUDIO = """
import json, sys
from label_studio_sdk.converter import Converter
from label_studio_sdk.label_interface import LabelInterface
config = '''<View><Text name="input" value="$input"/><Text name="output" value="$output"/>
<Choices name="label" toName="output"><Choice value="pass"/><Choice value="fail"/></Choices>
<TextArea name="comment" toName="output"/></View>'''
interface = LabelInterface(config)
tasks = json.load(open(sys.argv[1]))
for task in tasks:
    assert interface.validate_task({"data": task["data"]}), task
    for annotation in task["annotations"]:
        assert interface.validate_annotation(annotation), annotation
json.dump([{**task, "id": i} for i, task in enumerate(tasks)], open(sys.argv[1] + ".tasks", "w"))
Converter(config, "").convert_to_json(sys.argv[1] + ".tasks", sys.argv[2] + ".d", is_dir=False)
json.dump(json.load(open(sys.argv[2] + ".d/result.json")), open(sys.argv[2], "w"))
"""
SCRIPTS = {"argilla": _ARGILLA, "label-studio": _LABEL_STUDIO}


def reviewed(store: Path) -> None:
    """Three answers, two of them labelled, one by two people."""
    add_answers(store, "run-a", numbered(3))
    asked = question_of("pass_fail").question_hash
    journal = Journal.open(store, "review-x")
    assert journal is not None
    for sample, who, label in (("s0", "anna", "pass"), ("s0", "ben", "fail"), ("s1", "anna", "fail")):
        item = ReviewItem.of(("run-a-1", sample, 0))
        review = Review(
            f"{sample}-{who}", who, item, "pass_fail", label, float(label == "pass"), 1e9,
            comment=f"said {who}", seconds=2.5, question_hash=asked,
        )  # fmt: skip
        journal.append([("reviews", review_row(review))])
    journal.close()


def main(arguments: Sequence[str] | None = None) -> int:
    (venv,) = sys.argv[1:] if arguments is None else arguments
    python = ensure(Path(venv).resolve(), REQUIREMENTS)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        store = Path(".evalkit/results.duckdb")
        store.parent.mkdir()
        reviewed(store)
        for tool, script in SCRIPTS.items():
            assert evalkit(["review", "export", f"--to={tool}.json", f"--format={tool}"]) == 0
            quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
            command = [str(python), "-P", "-c", script, f"{tool}.json", f"{tool}-back.json"]
            subprocess.run(command, check=True, env=quiet)
            assert evalkit(["review", "import", f"{tool}-back.json"]) == 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
