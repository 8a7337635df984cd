"""The shelf of suites: what ``evalkit suites`` shows and copies."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.cli.catalogue import shelf_folder, shelved_suites
from evalkit.cli.suites import markdown_table

ROOT = Path(__file__).resolve().parents[3]
SUITES = {suite.name: suite for suite in shelved_suites()}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_folder_of_suites_is_on_the_shelf() -> None:
    folders = {path.name for path in (ROOT / "suites").iterdir() if path.is_dir() and path.name[0] != "."}
    assert set(SUITES) == folders


@pytest.mark.parametrize("name", SUITES)
def test_every_card_has_a_sentence_and_a_row_for_its_tasks(name: str) -> None:
    suite = SUITES[name]
    assert suite.tasks, f"suites/{name}/README.md has no table with the columns of the shelf"
    assert suite.summary
    assert all(task.licence and task.metric and task.samples for task in suite.tasks)


def test_the_page_of_benchmarks_is_the_table_of_all_cards() -> None:
    page = (ROOT / "docs/reference/benchmarks.md").read_text(encoding="utf-8")
    assert markdown_table(shelved_suites()) in page, (
        "the cards changed: paste the output of 'evalkit suites list --markdown' into the page of benchmarks"
    )


def test_list_names_each_suite_with_its_number_of_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suites", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == sorted(SUITES)
    assert [int(line.split()[1]) for line in lines[1:]] == [len(SUITES[n].tasks) for n in sorted(SUITES)]


def test_list_of_a_suite_shows_the_rows_of_its_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suites", "list", "quickstart", "--json"]) == 0
    (suite,) = json.loads(capsys.readouterr().out)
    assert [task["task"] for task in suite["tasks"]] == ["support", "extraction", "arithmetic", "sentiment"]
    assert suite["tasks"][0]["samples"] == "14"


def test_add_copies_every_file_with_the_card(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suites", "add", "quickstart", "glue"]) == 0
    assert "pytest suites/quickstart suites/glue" in capsys.readouterr().out
    for name in ("quickstart", "glue"):
        for file in SUITES[name].files():
            assert (folder / "suites" / name / file).read_bytes() == (
                shelf_folder() / name / file
            ).read_bytes()


def test_add_refuses_to_write_over_what_was_edited_and_copies_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = folder / "suites/glue/sst2.eval.yaml"
    edited.parent.mkdir(parents=True)
    edited.write_text("mine")
    assert main(["suites", "add", "quickstart", "glue"]) == 4
    assert "suites/glue/sst2.eval.yaml: glue would overwrite a file that differs" in capsys.readouterr().err
    assert edited.read_text() == "mine"
    assert not (folder / "suites/quickstart").exists()


def test_add_twice_changes_nothing(folder: Path) -> None:
    assert main(["suites", "add", "quickstart"]) == main(["suites", "add", "quickstart"]) == 0


def test_add_with_force_writes_over(folder: Path) -> None:
    edited = folder / "mine/glue/sst2.eval.yaml"
    edited.parent.mkdir(parents=True)
    edited.write_text("mine")
    assert main(["suites", "add", "glue", "--into", "mine", "--force"]) == 0
    assert edited.read_text() != "mine"


def test_an_unknown_suite_is_one_line_with_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suites", "add", "gleu"]) == 4
    assert capsys.readouterr().err == "evalkit: unknown suite 'gleu' (did you mean glue?)\n"


def test_a_folder_that_cannot_be_written_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "suites").write_text("a file")
    assert main(["suites", "add", "quickstart"]) == 4
    assert "suites/quickstart" in capsys.readouterr().err


def test_the_wheel_carries_the_shelf(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for suite in SUITES.values():
        assert {f"evalkit/suites/{suite.name}/{file.as_posix()}" for file in suite.files()} <= names
