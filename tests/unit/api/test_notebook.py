"""The notebook of the docs, run in a kernel of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOK = ROOT / "docs/tutorial/notebook.ipynb"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: Any) -> str:
    """What the cell displays: HTML, else text."""
    parts = [output.get("data", {}) for output in cell.outputs]
    texts = [output.get("text", "") for output in cell.outputs]
    return "".join([*(part.get("text/html") or part.get("text/plain", "") for part in parts), *texts])


def test_results_show_verdicts_metrics_and_a_picture_of_each_interval(cells: list[Any]) -> None:
    page = shown(cells[1])
    assert "regression(accuracy)" in page
    assert page.count("<svg") >= 4
    assert "✗ fail" in page


def test_tables_and_a_comparison_are_shown(cells: list[Any]) -> None:
    assert "about" in shown(cells[2])
    assert "output_chars_mean" in shown(cells[3])
    comparison = shown(cells[4])
    assert "<svg" in comparison
    assert "worse" in comparison


def test_the_notebook_in_the_repository_holds_no_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs")]
