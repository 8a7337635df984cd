"""The store as a folder of files."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from evalkit.core.prompt import Prompt
from evalkit.core.run import SubjectRecord
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.view import export as exporting
from evalkit.view.export import export
from tests.unit.store.records import make_evaluation, make_run, write_run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "results.duckdb"
    for number in range(3):
        write_run(path, f"run-{number}", started_at=1_700_000_000.0 + number)
    spool = Spool.create(path, "prompts")
    for number, text in enumerate(("Answer.", "Answer shortly.")):
        spool.add_prompt(Prompt.parse(text, name="polite/short"), created_at=float(number))
    spool.close()
    with Store.open(path, mode="write") as opened:
        opened.fold()
    return path


@pytest.fixture(scope="module")
def folder(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages of a store whose list has a page for every two runs, with reports of the latest two."""
    folder = tmp_path_factory.mktemp("site")
    with Store.open(store) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "PER_PAGE", 2)
        written = export(opened, folder, 2)
    assert (written.n_runs, written.n_reports, written.n_without) == (3, 2, 1)
    assert (written.n_comparisons, written.n_prompts) == (2, 1)
    return folder


def test_every_link_of_every_page_leads_to_a_file_that_is_there(folder: Path) -> None:
    for page in folder.iterdir():
        links = re.findall(r'href="([^"#]+)"', page.read_text("utf-8"))
        assert links
        for link in links:
            assert link == "data:," or (folder / unquote(unescape(link))).is_file(), (page.name, link)


def test_every_run_is_listed_and_the_latest_have_reports(folder: Path) -> None:
    listed = (folder / "index.html").read_text("utf-8") + (folder / "runs-2.html").read_text("utf-8")
    assert re.findall(r"run-\d(?=</a>|</td>| 20)", listed) == ["run-2", "run-1", "run-0"]
    assert sorted(each.name for each in folder.glob("run-*.html")) == ["run-run-1.html", "run-run-2.html"]


def test_a_page_loads_nothing_and_asks_nobody(folder: Path) -> None:
    for page in folder.iterdir():
        text = page.read_text("utf-8")
        assert "default-src 'none'" in unescape(text)
        assert '<form class="ask"' not in text
        assert not re.search(r'<(link rel="stylesheet"|script src)', text)


def test_each_report_leads_to_its_run_beside_the_one_before_it(folder: Path) -> None:
    report = (folder / "run-run-2.html").read_text("utf-8")
    assert 'href="compare-run-2.html"' in report
    compared = (folder / "compare-run-2.html").read_text("utf-8")
    assert "comparison of two runs" in compared
    assert "run-1 → run-2" in compared


def test_prompts_are_there_with_their_versions(folder: Path) -> None:
    assert 'href="prompt-1.html"' in (folder / "prompts.html").read_text("utf-8")
    assert "version-2" in (folder / "prompt-1.html").read_text("utf-8")


def write_pair(path: Path, run_id: str, started_at: float) -> None:
    """A run of two subjects that no other run has."""
    spool = Spool.create(path, run_id)
    spool.add_run(make_run(run_id, started_at=started_at))
    for name in ("left", "right"):
        subject = SubjectRecord(name, f"local/{name}")
        spool.add_evaluation(make_evaluation(f"{run_id}-{name}", run_id, subject=subject))
    spool.close()
    with Store.open(path, mode="write") as opened:
        opened.fold()


def test_a_run_stands_beside_the_latest_one_before_that_it_can_be_compared_with(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    write_run(path, "run-a", started_at=1_700_000_000.0)
    write_pair(path, "run-b", 1_700_000_001.0)
    write_run(path, "run-c", started_at=1_700_000_002.0)
    with Store.open(path) as opened:
        written = export(opened, tmp_path / "site", 3)
    assert written.n_comparisons == 1
    assert "run-a" in (tmp_path / "site/compare-run-c.html").read_text("utf-8")
