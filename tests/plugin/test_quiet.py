"""Without a configured model the plugin is as good as absent."""

from __future__ import annotations

from pathlib import Path

from tests.story import Story

_SPY = """
import socket, sys
import pytest

HEAVY = ("numpy", "duckdb", "jinja2", "aiohttp", "yaml", "orjson", "jsonschema", "datasets", "sqlite3")

@pytest.fixture(autouse=True, scope="session")
def no_sockets():
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")
    socket.socket = refuse
    yield

def pytest_sessionfinish(session):
    loaded = [name for name in sys.modules if name.startswith("evalkit")]
    print("EVALKIT MODULES:", sorted(loaded))
    print("HEAVY MODULES:", [name for name in HEAVY if name in sys.modules])
"""


def test_nothing_heavy_is_imported_without_a_model(story: Story) -> None:
    story.write("conftest.py", _SPY)
    story.write("test_plain.py", "def test_plain(): pass\n")
    result = story.run("test_plain.py", "-s", model=None)
    assert result.ret == 0
    modules = next(line for line in result.outlines if "EVALKIT MODULES:" in line)
    options = [
        "evalkit.core",
        "evalkit.core.compiled",
        "evalkit.core.frozen",
        "evalkit.errors",
        "evalkit.pytest_plugin.options",
        "evalkit.session",
        "evalkit.session.options",
        "evalkit.version",
    ]
    assert modules.endswith(str(sorted(["evalkit", "evalkit.pytest_plugin", *options])))
    assert any(line.endswith("HEAVY MODULES: []") for line in result.outlines)


def test_nothing_is_printed_or_written_without_a_model(story: Story) -> None:
    story.write("test_plain.py", "def test_plain(): pass\n")
    before = _files(story.path)
    result = story.run("test_plain.py", "-p", "no:cacheprovider", model=None)
    body = [line for line in result.outlines if "plugins:" not in line]
    assert not any("evalkit" in line for line in body)
    written = {name for name in _files(story.path) - before if "__pycache__" not in name}
    assert written == {"stdout", "stderr"}, "pytester keeps these two"


def test_eval_files_are_not_collected_without_a_model(story: Story) -> None:
    story.write("test_plain.py", "def test_plain(): pass\n")
    result = story.run("test_plain.py", "suites", model=None)
    result.assert_outcomes(passed=1)


def test_a_test_that_needs_a_model_skips_with_a_reason(story: Story) -> None:
    story.write("test_llm.py", "def test_llm(llm): pass\n")
    result = story.run("test_llm.py", "-rs", model=None)
    result.assert_outcomes(skipped=1)
    assert "needs a model: --llm-model=SPEC" in result.stdout.str()


def test_naming_an_eval_file_without_a_model_is_a_usage_error(story: Story) -> None:
    result = story.run("suites/shout.eval.yaml", model=None)
    assert result.ret == 4
    assert "--llm-model=SPEC" in result.stderr.str()


def _files(path: Path) -> set[str]:
    return {str(each.relative_to(path)) for each in path.rglob("*") if each.is_file()}
