"""Data files that installed packages carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.package import packaged_file
from evalkit.errors import EvalkitError


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetSpec:
    """A dataset of the Hub that the package ``carrier`` carries too."""
    (tmp_path / "carrier/data").mkdir(parents=True)
    (tmp_path / "carrier/__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "carrier/data/rows.jsonl").write_text('{"id": "a"}\n{"id": "b"}\n')
    monkeypatch.syspath_prepend(tmp_path)
    return DatasetSpec(path="some/where", options={"package": "carrier/data/rows.jsonl"})


def test_the_rows_of_the_package_stand_in_for_the_hub_and_it_is_not_imported(spec: DatasetSpec) -> None:
    assert load_rows(spec, base_dir=Path(), is_offline=True) == [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize("name", ["carrier/data/none.jsonl", "no_such_package/rows.jsonl", "a b/c", ""])
def test_a_file_that_is_not_there_is_none(spec: DatasetSpec, name: str) -> None:
    assert packaged_file(name) is None


def test_without_the_package_the_hub_is_asked(tmp_path: Path) -> None:
    missing = DatasetSpec(path="some/where", options={"package": "no_such_package/rows.jsonl"})
    with pytest.raises(EvalkitError, match="some/where"):
        load_rows(missing, base_dir=tmp_path, is_offline=True)
