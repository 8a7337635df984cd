"""Pages are read as their blocks are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.page import Command, read_page

PAGE = """\
Text.

<!-- file: a/b.yaml -->
<!-- parse: a reason with words -->
```yaml
task: x
```

<!-- exit: 1 -->
```console
$ pytest a \\
    --flag  # why
one … two

$ echo done
```

1. In a list

   ```bash
   # a comment
   make test
   ```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_comments_before_a_block_belong_to_it_alone(page: Path) -> None:
    first, second, third = read_page(page)
    assert (first.file, first.reason, first.status) == ("a/b.yaml", "a reason with words", 0)
    assert (second.file, second.reason, second.status) == (None, None, 1)
    assert (third.file, third.reason, third.status) == (None, None, 0)


def test_a_block_knows_its_language_text_and_line(page: Path) -> None:
    first, _, third = read_page(page)
    assert (first.language, first.text, first.line) == ("yaml", "task: x\n", 6)
    assert third.text == "# a comment\nmake test\n"


def test_console_commands_carry_their_output_and_join_continued_lines(page: Path) -> None:
    _, second, _ = read_page(page)
    pytest_command, echo = second.commands
    assert pytest_command.words == ["pytest", "a", "--flag"]
    assert pytest_command.output == ("one … two",)
    assert echo == Command("echo done")


def test_every_line_of_a_bash_block_but_comments_is_a_command(page: Path) -> None:
    *_, third = read_page(page)
    assert [command.text for command in third.commands] == ["make test"]
