from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.errors import DatasetError, MissingExtraError

SPEC = DatasetSpec(path="nyu-mll/glue", name="sst2", split="validation")


def test_without_the_library_the_pip_line_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError) as caught:
        load_rows(SPEC, base_dir=Path())
    assert "pip install 'pytest-evalkit[benchmarks]'" in caught.value.hint


def test_offline_nothing_is_asked_of_the_hub_and_the_mirror_is_suggested(monkeypatch, tmp_path):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    with pytest.raises(DatasetError, match="nyu-mll/glue/sst2/validation cannot be loaded offline") as caught:
        load_rows(SPEC, base_dir=Path(), is_offline=True)
    assert "--llm-data" in caught.value.hint
    assert not datasets.config.HF_HUB_OFFLINE


def test_what_the_library_loads_comes_as_plain_rows(tmp_path):
    pytest.importorskip("datasets")
    (tmp_path / "rows.jsonl").write_text('{"q": "a", "n": 1}\n{"q": "b", "n": 2}\n')
    options = {"data_files": str(tmp_path / "rows.jsonl"), "cache_dir": str(tmp_path / "cache")}
    spec = DatasetSpec(path="json", split="train", options=options)
    assert load_rows(spec, base_dir=Path(), is_offline=True) == [{"q": "a", "n": 1}, {"q": "b", "n": 2}]


def test_an_image_comes_as_the_bytes_of_its_file(tmp_path):
    pytest.importorskip("datasets")
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"image": pa.array([{"bytes": b"\x89PNG", "path": "a.png"}], kind)})
    feature = '{"info": {"features": {"image": {"_type": "Image"}}}}'
    pq.write_table(table.replace_schema_metadata({"huggingface": feature}), tmp_path / "rows.parquet")
    options = {"data_files": str(tmp_path / "rows.parquet"), "cache_dir": str(tmp_path / "cache")}
    spec = DatasetSpec(path="parquet", split="train", options=options)
    rows = load_rows(spec, base_dir=Path(), is_offline=True)
    assert rows == [{"image": {"bytes": b"\x89PNG", "path": "a.png"}}]
