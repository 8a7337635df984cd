"""Text and retrieval metrics in a session: their values, their failures, TREC files, the fixture."""

from __future__ import annotations

import json

import pytest

from tests.story import Story

TEXTS = """
task: texts
dataset: {file: cases.jsonl}
scorers: [{rougeL: {use_stemmer: true}}]
metrics: [rougeL, {rouge1: {tokenizer: unicode}}, bleu, chrf, ter, wer, cer]
gates:
  - wer <= 0.5
"""


def replay(story: Story, outputs: list[str]) -> str:
    rows = [{"sample_id": f"c{i}", "output": output} for i, output in enumerate(outputs)]
    story.rows(rows, "out.jsonl")
    return "replay:out.jsonl"


def values(story: Story) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in story.sql("SELECT metric, value FROM metrics")}


def test_text_metrics_are_computed_and_stored_with_their_signatures(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TEXTS)
    targets = ["the cat sat on the mat", ["a dog", "the dog ran home"]]
    story.rows(
        [{"id": f"c{i}", "input": "x", "target": target} for i, target in enumerate(targets)],
        "suites/cases.jsonl",
    )
    model = replay(story, ["the cat sat on a mat", "the dog ran home"])
    story.run(model=model).assert_outcomes(passed=1)
    seen = values(story)
    assert seen["rougeL"] == pytest.approx((5 / 6 + 1) / 2)
    assert seen["rouge1(tokenizer=unicode)"] == pytest.approx((5 / 6 + 1) / 2)
    assert seen["wer"] == pytest.approx(1 / 10)
    assert seen["ter"] == pytest.approx(100 * 1 / (6 + 3))
    assert 50 < seen["bleu"] < 100
    (signature,) = story.sql("SELECT signature FROM metrics WHERE metric = 'bleu'")
    assert "nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|version:" in signature["signature"]
    scored = story.sql("SELECT sample_id, scorer, value FROM scores ORDER BY sample_id")
    assert [(row["scorer"], row["value"]) for row in scored] == [("rougeL", 5 / 6), ("rougeL", 1.0)]
    (row,) = story.sql("SELECT ci_low, ci_high FROM metrics WHERE metric = 'chrf'")
    assert row["ci_low"] < seen["chrf"] <= row["ci_high"]


def test_a_sample_without_target_fails_its_gate_as_an_error_that_says_why(story: Story) -> None:
    story.write("suites/shout.eval.yaml", TEXTS.replace("scorers: [{rougeL: {use_stemmer: true}}]", ""))
    story.rows(
        [{"id": "c0", "input": "x", "target": "a b"}, {"id": "c1", "input": "x", "target": None}],
        "suites/cases.jsonl",
    )
    result = story.run(model=replay(story, ["a b", "c"]))
    text = result.stdout.str()
    assert result.ret == 1
    assert "sample 'c1': there is no target to compare with" in text
    assert values(story)["wer"] == 0


def test_a_target_that_rouge_would_drop_is_an_error_and_not_a_zero(story: Story) -> None:
    task = "task: t\ndataset: {file: cases.jsonl}\nmetrics: [rouge1]\ngates: ['rouge1 >= 0']\n"
    story.write("suites/shout.eval.yaml", task)
    story.rows([{"id": "c0", "input": "x", "target": "новые меры"}])
    result = story.run(model=replay(story, ["новые меры"]))
    assert result.ret == 1
    assert "tokenizer: unicode" in result.stdout.str()
    story.write(
        "suites/shout.eval.yaml",
        task.replace("[rouge1]", "[{rouge1: {tokenizer: unicode}}]").replace("['rouge1 >= 0']", "[]"),
    )
    assert story.run(model="replay:out.jsonl").ret == 0
    assert values(story)["rouge1(tokenizer=unicode)"] == 1


def test_the_fixture_scores_by_a_text_metric_and_stores_it(story: Story) -> None:
    story.write(
        "suites/test_llm.py",
        "def test_it(llm):\n"
        "    r = llm.generate('the cat sat')\n"
        "    assert llm.score(r, 'rougeL', target='the cat').value == 0.8\n"
        "    assert llm.score(r, 'wer', target=['a', 'the cat sat'], ignore_case=True).value == 0\n",
    )
    story.run("suites/test_llm.py").assert_outcomes(passed=1)
    rows = story.sql("SELECT scorer, value FROM scores ORDER BY scorer")
    assert rows == [{"scorer": "rougeL", "value": 0.8}, {"scorer": "wer", "value": 0.0}]


def test_a_task_that_names_only_the_scorer_gets_its_metric(story: Story) -> None:
    story.write(
        "suites/shout.eval.yaml",
        "task: t\ndataset: {file: cases.jsonl}\nscorers: [{wer: {ignore_case: true}}]\n",
    )
    story.run(model="python:app:lower").assert_outcomes(passed=1)
    assert values(story)["wer(ignore_case=True)"] == 0


def test_a_trec_run_against_its_judgements_is_a_task_and_a_replay(story: Story) -> None:
    story.write("suites/judged.qrels", "q1 0 d1 1\nq1 0 d2 0\nq2 0 d3 2\nq2 0 d4 1\n")
    story.write("run.txt", "q1 Q0 d2 1 9 r\nq1 Q0 d1 2 8 r\nq2 Q0 d3 1 3 r\nq2 Q0 d9 2 2 r\n")
    story.write(
        "suites/shout.eval.yaml",
        "task: search\n"
        "dataset: {file: judged.qrels}\n"
        "input: '{{ id }}'\n"
        "target: '{{ relevant }}'\n"
        "metrics: [map, mrr, {precision_at_k: 2}, {recall_at_k: {k: 2}}, {ndcg_at_k: 1}]\n"
        "gates: ['map >= 0.5']\n",
    )
    story.run(model="replay:run.txt?format=trec").assert_outcomes(passed=1)
    seen = values(story)
    assert (seen["map"], seen["mrr"]) == (0.5, 0.75)
    by_k = [value for name, value in sorted(seen.items()) if "_at_k" in name]
    assert by_k == [0.5, 0.5, 0.75]


def test_an_application_may_give_its_ranking_as_contexts(story: Story) -> None:
    story.write(
        "rag.py",
        "from evalkit import Response\n"
        "def answer(text):\n"
        "    return Response('WORD', contexts=('p2', 'p1'))\n",
    )
    story.write(
        "suites/shout.eval.yaml",
        "task: rag\nsamples: [{id: a, input: x, target: [p1]}]\nmetrics: [{mrr: {ranking: contexts}}]\n",
    )
    story.run(model="python:rag:answer").assert_outcomes(passed=1)
    assert 0.5 in values(story).values()


def test_a_lost_ranking_is_an_error_row(story: Story) -> None:
    story.write(
        "suites/shout.eval.yaml", "task: r\ndataset: {file: cases.jsonl}\nscorers: [mrr]\nmetrics: [mrr]\n"
    )
    story.rows([{"id": "c0", "input": "x", "target": ["d1"]}, {"id": "c1", "input": "x", "target": ["d1"]}])
    story.run(model=replay(story, [json.dumps(["d1", "d1"]), json.dumps(["d1"])]))
    errors = story.sql("SELECT error FROM scores ORDER BY sample_id")
    assert "appears twice" in errors[0]["error"]
    assert errors[1]["error"] is None
    assert values(story)["mrr"] == 1
