"""Which format a file is in, and one line for what is in none."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from evalkit.imports.formats import FORMATS, open_format, read_runs
from tests.unit.imports.files import FILES


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_documented_and_offers_both_functions(name: str) -> None:
    module = open_format(name)
    assert module.__doc__
    assert callable(module.claims)
    assert callable(module.read_run)


def test_a_folder_is_searched_and_every_file_read_in_its_own_format() -> None:
    pytest.importorskip("zstandard")
    names = [name for name, _ in read_runs("auto", FILES)]
    assert {name: names.count(name) for name in names} == {
        "deepeval": 1, "inspect": 3, "lm-eval": 3, "openai-evals": 2, "promptfoo": 2,
    }  # fmt: skip


def test_a_folder_is_searched_for_one_format_where_it_is_named() -> None:
    assert {name for name, _ in read_runs("deepeval", FILES)} == {"deepeval"}


def test_thinking_that_stands_in_an_output_is_kept_apart_and_its_scores_stay(tmp_path: Path) -> None:
    (given,) = (FILES / "deepeval").glob("test_run_*.json")
    document = json.loads(given.read_text())
    for case in document["testCases"]:
        case["actualOutput"] = f"<think>Let me see.</think>{case['actualOutput']}"
    file = tmp_path / given.name
    file.write_text(json.dumps(document))
    ((_, plain),), ((_, thought),) = read_runs("deepeval", given), read_runs("deepeval", file)
    before, after = plain.evaluations[0].answers, thought.evaluations[0].answers
    assert {answer.response.reasoning for answer in after if answer.response.output} == {"Let me see."}
    assert [(a.response.output, a.scores) for a in after] == [(a.response.output, a.scores) for a in before]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("auto", "{}", "is in no format that evalkit can read (name the format: deepeval, helm, "),
        ("auto", "", "is in no format that evalkit can read"),
        ("auto", '{"a": ', "is in no format that evalkit can read"),
        ("lm-eval", '{"results": ', "is not JSON: unexpected end of data (line 1)"),
        ("openai-evals", '{"spec": {"eval_name": "a"}}\n{"b', "line 2: is not JSON"),
        ("nonsense", "{}", "unknown format 'nonsense'"),
        ("prompt-foo", "{}", "did you mean promptfoo?"),
        ("inspect", "[]", "is not an evaluation log"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: str, said: str) -> None:
    file = tmp_path / "output.json"
    file.write_text(content)
    with pytest.raises(UsageError) as caught:
        read_runs(name, file)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"), [("auto", "holds no file that evalkit can import"), ("helm", "holds no file of helm")]
)
def test_a_folder_without_results_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "notes.json").write_text("[1, 2]")
    with pytest.raises(UsageError, match=said):
        read_runs(name, tmp_path)


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        read_runs("auto", tmp_path / "none.json")


def changed_case(tmp_path: Path, key: str, value: object) -> Path:
    (source,) = (FILES / "deepeval").glob("*.json")
    document = json.loads(source.read_text())
    document["testCases"][1][key] = value
    file = tmp_path / "test_run.json"
    file.write_text(json.dumps(document))
    return file


@pytest.mark.parametrize("key", ["name", "turns", "retrievalContext", "expectedOutput"])
@pytest.mark.parametrize("value", [None, 1, [1], {"a": 1}, "x", True])
def test_a_value_of_another_kind_is_read_past(tmp_path: Path, key: str, value: object) -> None:
    ((_, run),) = read_runs("deepeval", changed_case(tmp_path, key, value))
    assert len(run.evaluations[0].answers) == 4


@pytest.mark.parametrize("value", [1, True, 0.5])
def test_what_no_reader_foresaw_is_refused_in_one_line(tmp_path: Path, value: object) -> None:
    file = changed_case(tmp_path, "metricsData", value)
    with pytest.raises(UsageError) as caught:
        read_runs("deepeval", file)
    assert str(caught.value).startswith(f"{file}: is not of the form that deepeval writes: TypeError: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["completionTime", "tokenCost"])
@pytest.mark.parametrize("value", ["soon", True, [1], {"a": 1}, -1, 1e300, 10**400])
def test_a_number_of_an_answer_that_cannot_be_is_refused_by_its_value(
    tmp_path: Path, key: str, value: object
) -> None:
    file = changed_case(tmp_path, key, value)
    with pytest.raises(
        UsageError, match=r"test_run\.json: .* cannot be the (latency_s|cost_usd) of an answer"
    ):
        read_runs("deepeval", file)


@pytest.mark.parametrize("value", [1e18, 1e300, 10**30])
def test_a_run_of_a_time_that_no_calendar_has_is_refused(tmp_path: Path, value: object) -> None:
    (source,) = (FILES / "deepeval").glob("*.json")
    document = json.loads(source.read_text())
    document["runDuration"] = value
    file = tmp_path / "test_run.json"
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=r"test_run\.json: the end of the run, .*, is not a time"):
        read_runs("deepeval", file)


def walk(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from walk(inner, (*at, key))


def outcome(name: str, file: Path) -> str | None:
    """What is said of a file that is refused; any other exception is the test's failure."""
    try:
        read_runs(name, file)
    except UsageError as error:
        return str(error)
    return None


HOSTILE: list[Any] = [
    None,
    -5,
    2**64 - 1,
    10**400,
    1e300,
    float("nan"),
    "x",
    "",
    [],
    {},
    [[1]],
    True,
    "\x00",
    "../../x",
]


@pytest.mark.parametrize("name", ["deepeval", "promptfoo"])
def test_no_value_anywhere_in_a_foreign_file_ends_in_a_traceback_or_a_row_that_cannot_be_stored(
    tmp_path: Path, name: str
) -> None:
    source = next(iter((FILES / name).rglob("*.json")))
    document = json.loads(source.read_text())
    places = list(walk(document))
    n_read = 0
    for number, (place, value) in enumerate(zip(places[:: 1 + len(places) // 150], itertools.cycle(HOSTILE))):
        changed = json.loads(json.dumps(document))
        inner = changed
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        file = tmp_path / f"test_run_{number}.json"
        file.write_text(json.dumps(changed))
        said = outcome(name, file)
        n_read += said is None
        assert said is None or (str(file) in said and "\n" not in said)
    assert n_read
