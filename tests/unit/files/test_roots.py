from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import DatasetError
from evalkit.files.roots import inside


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a suite, and a secret beside it."""
    (tmp_path / "project/suites").mkdir(parents=True)
    (tmp_path / "project/rows.jsonl").write_text('{"a": 1}\n')
    (tmp_path / "secret.jsonl").write_text('{"key": "value"}\n')
    (tmp_path / "project/suites/out.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (tmp_path / "project/suites/up").symlink_to(tmp_path)
    (tmp_path / "project/suites/in.jsonl").symlink_to(tmp_path / "project/rows.jsonl")
    (tmp_path / "project-2").mkdir()
    (tmp_path / "project-2/x.jsonl").write_text('{"a": 1}\n')
    return tmp_path / "project"


def load(project: Path, file: str, mirror: Mirror | None = None) -> list[dict[str, Any]]:
    spec = DatasetSpec(file=file)
    return load_rows(spec, base_dir=project / "suites", mirror=mirror, roots=[project])


@pytest.mark.parametrize(
    "file", ["../rows.jsonl", "in.jsonl", "./../suites/in.jsonl", "{project}/rows.jsonl"]
)
def test_a_file_of_the_project_may_be_named_in_any_way(project: Path, file: str) -> None:
    assert load(project, file.format(project=project)) == [{"a": 1}]


@pytest.mark.parametrize(
    "file",
    [
        "../../secret.jsonl",
        "{project}/../secret.jsonl",
        "out.jsonl",
        "up/secret.jsonl",
        "up/project/../secret.jsonl",
        "../../project-2/x.jsonl",
        "/etc/passwd",
        "/dev/zero",
        "/proc/self/environ",
        "../../nowhere.jsonl",
        "~root/.ssh/id_rsa/../../../../../../etc/passwd",
    ],
)
def test_a_file_outside_is_refused_with_what_allows_it(project: Path, file: str) -> None:
    with pytest.raises(DatasetError, match="leads out of the project") as caught:
        load(project, file.format(project=project))
    assert "--llm-data=" in str(caught.value.hint)


def test_a_file_under_a_folder_of_the_mirror_may_be_read(project: Path) -> None:
    assert load(project, "../../secret.jsonl", Mirror.open(project.parent)) == [{"key": "value"}]


def test_texts_of_a_dataset_have_the_same_bound(project: Path) -> None:
    spec = DatasetSpec(file="in.jsonl", options={"texts": {"t": "../../secret.jsonl"}})
    with pytest.raises(DatasetError, match=r"texts: .*leads out of the project"):
        load_rows(spec, base_dir=project / "suites", roots=[project])


def test_trusted_code_may_name_any_file(project: Path) -> None:
    assert inside("/etc/passwd", project, None, DatasetError, "here") == Path("/etc/passwd")


@pytest.mark.parametrize("file", ["a\0b", "x" * 5_000])
def test_a_path_that_is_none_is_one_error(project: Path, file: str) -> None:
    with pytest.raises(DatasetError):
        load(project, file)


@pytest.mark.parametrize(
    "path, options, says",
    [
        ("json", {"data_files": "/etc/passwd"}, "'json' is not a dataset of the Hub"),
        ("./script.py", {}, "is not a dataset of the Hub"),
        ("/etc", {}, "is not a dataset of the Hub"),
        ("../up", {}, "is not a dataset of the Hub"),
        ("a/b/c", {}, "is not a dataset of the Hub"),
        ("a/b", {"data_files": {"train": ["x", "../../etc/passwd"]}}, "is not a path inside the dataset"),
        ("a/b", {"data_dir": "/etc"}, "is not a path inside the dataset"),
        ("a/b", {"data_files": "https://example.org/x.csv"}, "is not a path inside the dataset"),
        ("a/b", {"trust_remote_code": True}, "cannot give the option 'trust_remote_code'"),
        ("a/b", {"cache_dir": "/tmp/x"}, "cannot give the option 'cache_dir'"),
    ],
)
def test_a_task_file_cannot_make_the_hubs_library_read_this_machine(
    tmp_path: Path, path: str, options: dict[str, object], says: str
) -> None:
    pytest.importorskip("datasets")
    with pytest.raises(DatasetError, match=says):
        load_rows(
            DatasetSpec(path=path, options=options), base_dir=tmp_path, is_offline=True, roots=[tmp_path]
        )


def test_the_file_of_a_package_stays_in_the_package(tmp_path: Path) -> None:
    from evalkit.datasets.package import packaged_file

    assert packaged_file("evalkit/__init__.py") is not None
    assert packaged_file("evalkit/../conftest.py") is None
    assert packaged_file("evalkit//etc/passwd") is None
    assert packaged_file("evalkit/\0") is None
