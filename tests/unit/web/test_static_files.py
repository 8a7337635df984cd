"""The files of a page: from the package, by their types, and nothing else."""

from __future__ import annotations

from evalkit.web.static_files import static_files


def test_a_page_has_its_files_with_their_types_and_no_code_of_ours() -> None:
    found = static_files("evalkit.review", "pages")
    assert found["/"] == found["/index.html"]
    assert found["/"].media_type == "text/html; charset=utf-8"
    assert {path.rpartition(".")[2] for path in found if path != "/"} <= {"html", "css", "js", "svg"}


def test_files_of_unknown_types_are_not_served() -> None:
    assert static_files("evalkit", "review/picking") == {}
