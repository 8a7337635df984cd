"""Hostile task files in whole sessions: one line each, status 4, nothing asked."""

from __future__ import annotations

import pytest

from tests.story import Story

GATED = "metrics: [accuracy]\ngates: ['accuracy >= 0.5']\n"
SAMPLE = "samples: [{input: a, target: A}]\n"
HOSTILE = [
    (
        f"task: t\n{SAMPLE}input: '{{{{ input|titel }}}}'\n",
        "t.eval.yaml:3: input, line 1: .*did you mean title",
    ),
    (f"task: t\n{SAMPLE}prompt: |\n  x\n  {{{{ input|titel }}}}\n", "t.eval.yaml:3: prompt, line 2: .*titel"),
    (
        "task: t\ndataset: {path: a/b}\ntarget: '{{ x is strng }}'\n",
        "t.eval.yaml:3: target, line 1: .*string",
    ),
    (
        f"task: t\n{SAMPLE}input: \"{{{{ 'a' * 10**9 }}}}\"\n",
        "t.eval.yaml: input: row 1: template failed",
    ),
    ("task: t\ndataset: {file: ../../../../../../etc/passwd, format: jsonl}\n", "leads out of the project"),
    ("task: t\ndataset: {file: /etc/passwd, format: jsonl}\n", "leads out of the project.*--llm-data=/etc"),
    ("task: t\ndataset: {file: out.jsonl}\n", "leads out of the project"),
    ("task: t\ndataset: {file: cases.jsonl, texts: {x: /etc/passwd}}\n", "leads out of the project"),
    (
        "task: t\ndataset: {path: json, data_files: /etc/passwd}\n" + GATED,
        "'json' is not a dataset of the Hub",
    ),
    (f"task: t\n{SAMPLE}max_error_rate: 0x{'f' * 5_000}\n", "t.eval.yaml:3: .*too long"),
    (f"task: t\n{SAMPLE}max_error_rate: {'9' * 5_000}\n", "t.eval.yaml:3: .*too long"),
    (f"task: t\n{SAMPLE}scorers: [{{regex: {{pattern: '{'(' * 5_000}'}}}}]\n", "nested too deeply"),
    (f"task: t\n{SAMPLE}description: {'[' * 300}{']' * 300}\n", "t.eval.yaml:3: .*nested"),
]


@pytest.mark.parametrize("text, says", HOSTILE, ids=[says for _, says in HOSTILE])
def test_a_hostile_task_is_one_line(story: Story, text: str, says: str) -> None:
    (story.path / "suites/out.jsonl").symlink_to("/etc/passwd")
    story.write("suites/t.eval.yaml", text)
    result = story.run("suites/t.eval.yaml")
    output = result.stdout.str() + result.stderr.str()
    assert result.ret in (1, 4), output
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    result.stdout.re_match_lines([f".*{says}"])
    assert story.calls() == []


def test_a_folder_that_is_named_on_the_command_line_may_be_read(
    story: Story, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / "cases.jsonl").write_text('{"input": "a", "target": "A"}\n')
    story.write("suites/shout.eval.yaml", f"task: shout\ndataset: {{file: {folder}/cases.jsonl}}\n{GATED}")
    assert story.run().ret == 4
    assert story.run(f"--llm-data={folder}").ret == 0
