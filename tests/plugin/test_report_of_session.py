"""The report at the end of a session says what the store says."""

from __future__ import annotations

from evalkit.report.write import write_report
from evalkit.session.stored.source import StoredSource
from evalkit.store.store import Store
from tests.story import Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates: ['accuracy >= 0.5', {regression: {metric: accuracy}}]
"""


def test_the_report_of_a_session_equals_the_one_written_from_the_store_alone(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TASK)
    rows = [{"id": str(i), "input": f"w {i}", "target": [f"W {i}", "x"]} for i in range(9)]
    story.rows([*rows, {"id": "e", "input": "explode", "target": "E"}])
    baseline = "--llm-baseline=subject:python:app:answer"
    story.run("--llm-model=python:app:worse", baseline, "--llm-report=end.html")
    with Store.open(story.path / ".evalkit/results.duckdb") as store:
        later = write_report(StoredSource(store), store.run("latest").run_id, story.path / "later.html")
    assert later.read_bytes() == (story.path / "end.html").read_bytes()
