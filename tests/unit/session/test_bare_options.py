"""An option that may stand alone leaves the path behind it to be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.session.bare_options import paths_kept
from evalkit.session.options import Option


def flag(option: Option) -> str:
    return f"--llm-{option.name}"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("--llm-tournament suites", "--llm-tournament=first suites"),
        ("--llm-batch suites/a.eval.yaml", "--llm-batch=wait suites/a.eval.yaml"),
        ("--llm-control-variate test_a.py::test_it", "--llm-control-variate=auto test_a.py::test_it"),
        ("--llm-tournament suitse/", "--llm-tournament=first suitse/"),
        ("--llm-tournament accuracy suites", "--llm-tournament accuracy suites"),
        ("--llm-tournament f1(positive=a/b)", "--llm-tournament f1(positive=a/b)"),
        ("--llm-tournament=suites", "--llm-tournament=suites"),
        ("--llm-tournament --llm-offline suites", "--llm-tournament --llm-offline suites"),
        ("suites --llm-tournament", "suites --llm-tournament"),
        ("--llm-store suites", "--llm-store suites"),
    ],
)
def test_a_path_is_no_value_and_a_value_is_no_path(tmp_path: Path, words: str, kept: str) -> None:
    (tmp_path / "suites").mkdir()
    assert paths_kept(words.split(), flag, tmp_path) == kept.split()
