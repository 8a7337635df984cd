"""The files of the page: all there, nothing inline, nothing of elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from evalkit.report.html import scripts
from evalkit.web.static_files import static_files

FILES = {**static_files("evalkit.web", "shared"), **static_files("evalkit.review", "pages")}
MODULES = sorted(name for name in FILES if name.endswith(".js"))


def text_of(name: str) -> str:
    return FILES[name].body.decode()


class Tags(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_has_no_script_and_no_style_of_its_own() -> None:
    tags = Tags(text_of("/index.html")).found
    assert "style" not in {tag for tag, _ in tags}
    assert all("src" in attributes for tag, attributes in tags if tag == "script")
    names = {name for _, attributes in tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


def test_every_address_of_the_page_is_a_file_that_is_served() -> None:
    tags = Tags(text_of("/index.html")).found
    addresses = [attributes.get("src") or attributes.get("href") or "" for _, attributes in tags]
    assert {f"/{each}" for each in addresses if each and not each.startswith("#")} <= FILES.keys()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_what_another_one_exports(name: str) -> None:
    for names, source in re.findall(r"^import \{ (.*) \} from \"\.(.*)\";$", text_of(name), re.MULTILINE):
        exported = set(
            re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", text_of(source), re.MULTILINE)
        )
        assert set(names.split(", ")) <= exported


@pytest.mark.parametrize("name", MODULES)
def test_no_module_parses_text_as_html_or_code(name: str) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text_of(name)
    )


def test_the_report_has_the_shared_parts_without_the_words_of_modules() -> None:
    assert "function wordDiff" in scripts()
    assert not re.search(r"^(?:export|import) ", scripts(), re.MULTILINE)
