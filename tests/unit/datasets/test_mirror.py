from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import DatasetError

SST2 = """
root: data
datasets:
  - path: [nyu-mll/glue, glue]
    name: sst2
    splits:
      validation: dev.tsv
      train: {file: train.csv, format: csv, columns: [sentence]}
    columns: {sentence: text_a}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/dev.tsv").write_text("label\ttext_a\n1\tfine\n")
    (tmp_path / "data/train.csv").write_text("sentence\nso so\n")
    (tmp_path / "mirror.yaml").write_text(SST2)
    return tmp_path


def rows(mirror: Mirror, path: str, name: str | None, split: str) -> list[dict[str, Any]]:
    return load_rows(DatasetSpec(path=path, name=name, split=split), base_dir=Path(), mirror=mirror)


def test_a_hub_path_is_read_from_the_file_that_stands_in_for_it(folder: Path) -> None:
    assert rows(Mirror.open(folder), "nyu-mll/glue", "sst2", "validation") == [{"sentence": "fine"}]


def test_a_split_may_have_options_of_its_own_and_a_path_an_alias(folder: Path) -> None:
    assert rows(Mirror.open(folder / "mirror.yaml"), "glue", "sst2", "train") == [{"sentence": "so so"}]


def test_the_first_root_that_exists_counts_and_unset_variables_do_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SST2.replace("root: data", 'root: ["${EVALKIT_TEST_ROOT}", nowhere, data]')
    (folder / "mirror.yaml").write_text(text)
    monkeypatch.delenv("EVALKIT_TEST_ROOT", raising=False)
    assert rows(Mirror.open(folder), "glue", "sst2", "validation") == [{"sentence": "fine"}]
    (folder / "other").mkdir()
    (folder / "other/dev.tsv").write_text("text_a\nother\n")
    monkeypatch.setenv("EVALKIT_TEST_ROOT", str(folder / "other"))
    assert rows(Mirror.open(folder), "glue", "sst2", "validation") == [{"sentence": "other"}]


def test_what_is_not_in_the_mirror_is_told_with_what_is(folder: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        rows(Mirror.open(folder), "nyu-mll/glue", "mnli", "validation_matched")
    assert "nyu-mll/glue/mnli/validation_matched is not in the mirror" in caught.value.what
    assert caught.value.hint == "of nyu-mll/glue it has sst2/validation, sst2/train"


def test_a_path_that_is_near_one_in_the_mirror_is_suggested(folder: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        rows(Mirror.open(folder), "nyu-ml/glue", "sst2", "validation")
    assert caught.value.hint == "did you mean nyu-mll/glue?"


def test_a_mirror_whose_file_is_gone_names_the_file(folder: Path) -> None:
    (folder / "data/dev.tsv").unlink()
    with pytest.raises(DatasetError, match="no such data file") as caught:
        rows(Mirror.open(folder), "glue", "sst2", "validation")
    assert caught.value.where == str(folder / "data/dev.tsv")


@pytest.mark.parametrize(
    "text, line, what",
    [
        (SST2.replace("root: data", "root: nowhere"), 2, "no root folder of the mirror exists: nowhere"),
        (SST2.replace("root:", "roots:"), 2, "unknown key 'roots'"),
        (SST2.replace("validation: dev.tsv", "validation: 5"), 7, "names no file"),
        (SST2.replace("    columns: {s", "    colums: {s"), 7, "a data file has unknown key 'colums'"),
        ("root: data\ndatasets: 5\n", 2, "lists no datasets"),
        ("root: data\ndatasets:\n  - path: x\n", 3, "needs path and splits"),
        ("root: [\n", 1, "malformed YAML"),
    ],
)
def test_a_broken_mirror_is_one_error_with_its_line(folder: Path, text: str, line: int, what: str) -> None:
    (folder / "mirror.yaml").write_text(text)
    with pytest.raises(DatasetError, match=what) as caught:
        Mirror.open(folder)
    assert caught.value.where == f"{folder / 'mirror.yaml'}:{line}"


def test_a_folder_without_a_mirror_stands_in_for_nothing_and_says_so(tmp_path: Path) -> None:
    mirror = Mirror.open(tmp_path)
    assert mirror.folders == (tmp_path,)
    with pytest.raises(DatasetError, match="glue/sst2/test is not in the mirror") as caught:
        rows(mirror, "glue", "sst2", "test")
    assert caught.value.where == f"{tmp_path / 'mirror.yaml'} is not there"


def test_a_mirror_that_is_not_there_says_what_the_option_takes(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read") as caught:
        Mirror.open(tmp_path / "none.yaml")
    assert "--llm-data" in str(caught.value.hint)
