"""Every reader and every task key, driven with what nobody would write: a value or an error of evalkit,
never another exception."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.core.document import read_documents
from evalkit.core.task import DatasetSpec
from evalkit.datasets.fileformat import FORMATS, FileFormat
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import DatasetError, EvalkitError, TaskError
from evalkit.imports.formats import FORMATS as LOGS
from evalkit.imports.formats import read_runs
from evalkit.prompts.file import load_prompt
from evalkit.prompts.template import compile_text, compile_value
from evalkit.runner.prepared_task import prepare
from evalkit.runner.task_scorers import scoring_of
from evalkit.runner.templates import check_templates
from evalkit.scorers.custom.asserts import validate_assertions
from evalkit.store.run_content import read_run_contents
from evalkit.tasks.assertions import parse_assertions
from evalkit.tasks.taskfile import KNOWN_KEYS, load_task_file

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

ODD_TEXTS = st.sampled_from([
    "", "\0", "../..", "/etc/passwd", "{{ x", "{{ x }}", "{% for %}", "(", "(a+)+$", "9" * 5_000, "-1",
    "1e999", "accuracy >= 1e999", "mean:", ":", "python:", "python:os:abort", "x" * 5_000, "é\u202e", "nan",
])  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**18), 2**64]),
    st.floats(),
    st.text(max_size=8),
    ODD_TEXTS,
)
WORDS = [
    "accuracy",
    "regex",
    "f1",
    "regression",
    "metric",
    "margin",
    "contains",
    "json_schema",
    "pattern",
    "value",
]
WORDS += [
    "file",
    "path",
    "split",
    "n",
    "ids",
    "role",
    "content",
    "sample",
    "until",
    "k",
    "images",
    "annotations",
    "id",
]
KEYS = st.one_of(st.text(max_size=5), st.sampled_from(WORDS))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def quietly(act: Callable[[], Any]) -> None:
    """Whatever is read is read, or it is evalkit's own error of a readable length."""
    try:
        act()
    except EvalkitError as error:
        assert len(str(error)) < 10_000  # noqa: PT017 - both ends are fine


def in_file(name: str, content: bytes, act: Callable[[Path], Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        quietly(lambda: act(path))


def rows_of(path: Path, form: str) -> Any:
    return load_rows(DatasetSpec(file=path.name, format=form), base_dir=path.parent, roots=[path.parent])


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gz"])
@few
@given(data=st.binary(max_size=60), form=st.sampled_from(FORMATS))
def test_any_bytes_as_a_data_file(is_packed: bool, data: bytes, form: str) -> None:
    in_file("a.gz" if is_packed else "a", data, lambda path: rows_of(path, form))


@few
@given(value=VALUES, form=st.sampled_from(["bigbench", "coco_captions", "json", "jsonl", "yaml"]))
def test_any_structure_as_a_data_file(value: Any, form: str) -> None:
    in_file("a", json.dumps(value, default=str).encode(), lambda path: rows_of(path, form))


@few
@given(options=st.dictionaries(st.sampled_from(FileFormat.__slots__), VALUES, max_size=3))
def test_any_options_of_a_data_file(options: dict[str, Any]) -> None:
    spec = DatasetSpec(file="a.csv", options=options)
    in_file("a.csv", b"a,b\n1,2\n", lambda path: load_rows(spec, base_dir=path.parent, roots=[path.parent]))


@few
@given(text=st.one_of(st.text(max_size=40), VALUES.map(lambda value: yaml.safe_dump(value))))
def test_any_text_as_yaml_and_as_a_mirror(text: str) -> None:
    quietly(lambda: read_documents(text, "a.yaml", DatasetError))
    in_file("mirror.yaml", text.encode("utf-8", "surrogatepass"), Mirror.open)


@few
@given(entry=st.dictionaries(st.sampled_from(["path", "splits", *FileFormat.__slots__]), VALUES, max_size=4))
def test_any_entry_of_a_mirror(entry: dict[str, Any]) -> None:
    whole = {"datasets": [{"path": "x", "splits": {"test": "a.csv"}, **entry}]}
    in_file("mirror.yaml", yaml.safe_dump(whole).encode("utf-8", "surrogatepass"), Mirror.open)


@pytest.mark.parametrize("key", KNOWN_KEYS)
@settings(few, max_examples=15)
@given(value=VALUES)
def test_any_value_of_any_key_of_a_task_file(key: str, value: Any) -> None:
    values = {"task": "t", "samples": [{"input": "a", "target": "b"}], "metrics": ["accuracy"], key: value}
    if key == "dataset":
        del values["samples"]
    text = yaml.safe_dump(values).encode("utf-8", "surrogatepass")
    in_file("t.eval.yaml", text, load_and_prepare)


def load_and_prepare(path: Path) -> None:
    for task in load_task_file(path):
        check_templates(task)
        if task.dataset is not None and task.dataset.path is None:  # type: ignore[union-attr]
            prepared = prepare(
                task, lambda spec: load_rows(spec, base_dir=path.parent, roots=[path.parent]), limit=2
            )
            scoring_of(task, prepared.samples)


@few
@given(value=VALUES)
def test_any_assertions(value: Any) -> None:
    quietly(lambda: validate_assertions(parse_assertions(value, "here")))


@few
@given(data=st.binary(max_size=60))
def test_any_bytes_as_a_task_a_prompt_and_a_run(data: bytes) -> None:
    in_file("t.eval.yaml", data, load_task_file)
    in_file("p.jinja", data, lambda path: load_prompt("p", path))
    for name in ("r.jsonl", "r.jsonl.gz"):
        in_file(name, data, read_run_contents)


@few
@given(source=st.text(alphabet="{}%|()[]'x.9*~ -\n", max_size=25))
def test_any_text_as_a_template(source: str) -> None:
    for compile_any in (compile_text, compile_value):
        quietly(lambda compile_any=compile_any: compile_any(source, "here")({"x": "y"}))  # type: ignore[misc]


@few
@given(data=st.one_of(st.binary(max_size=60), VALUES.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_as_a_log_of_another_tool(data: bytes) -> None:
    for name in LOGS:
        in_file("stats.json", data, lambda path, name=name: read_runs(name, path))  # type: ignore[misc]
    in_file("log.eval", data, lambda path: read_runs("auto", path))


def test_a_task_whose_value_no_check_foresaw_is_told_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "t.eval.yaml"
    path.write_text(f"task: t\nsamples: [{{input: a}}]\nfewshot: {{n: 1}}\nmax_error_rate: {'9' * 400}\n")
    with pytest.raises(TaskError, match=r"t.eval.yaml:4: max_error_rate"):
        load_task_file(path)


@pytest.mark.parametrize("tag", ['""', "' '", "null", '"\\0"', "[a]", "{a: b}"])
def test_a_tag_that_can_be_no_mark_is_told_with_its_line(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "t.eval.yaml"
    path.write_text(f"task: t\nsamples: [{{input: a}}]\ntags: [slow, {tag}]\n")
    with pytest.raises(TaskError, match=r"t.eval.yaml:3: tag .* (is not a text|has no letter)"):
        load_task_file(path)
