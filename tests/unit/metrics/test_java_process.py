"""A Java child: answers, its end, its silence, what it writes on the side. A script stands in for Java."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from evalkit.metrics.captions.engine.java import Java, JavaError
from evalkit.metrics.captions.engine.java_process import JavaProcess

ECHO = "for line in sys.stdin: print(line.rstrip().upper(), flush=True)"
NOISY = "for i in range(20000): print('noise', i, file=sys.stderr)\n" + ECHO
DIES_AT_THIRD = """
for i, line in enumerate(sys.stdin):
    if i == 2:
        print('broken pipe inside', file=sys.stderr)
        os._exit(9)
    print(line.rstrip(), flush=True)
"""
SILENT = "import time; time.sleep(600)"


def process(folder: Path, program: str, timeout_s: float = 30.0) -> JavaProcess:
    launcher = folder / "java"
    launcher.write_text(f"#!{sys.executable}\nimport os, sys\n{program}\n", encoding="utf-8")
    launcher.chmod(0o755)
    return JavaProcess(Java(launcher, 17), [folder / "a.jar"], "a.Main", ["-x"], timeout_s=timeout_s)


def test_a_line_is_answered_by_a_line(tmp_path: Path) -> None:
    with process(tmp_path, ECHO) as child:
        assert [child.ask("one"), child.ask("zwö"), child.ask("")] == ["ONE", "ZWÖ", ""]


def test_many_lines_can_be_sent_before_one_is_read(tmp_path: Path) -> None:
    lines = [f"LINE {i} " + "X" * 50 for i in range(20_000)]
    with process(tmp_path, ECHO) as child:
        child.send(lines)
        assert [child.receive() for _ in lines] == lines


def test_what_it_writes_on_standard_error_does_not_block_it(tmp_path: Path) -> None:
    with process(tmp_path, NOISY) as child:
        assert child.ask("a") == "A"
    # The thread that reads it has come to the end only when the child has.
    assert child.last_errors.endswith("noise 19999")


def test_a_child_that_dies_is_one_error_with_status_and_last_words(tmp_path: Path) -> None:
    with process(tmp_path, DIES_AT_THIRD) as child:
        child.send(["a", "b", "c", "d"])
        assert [child.receive(), child.receive()] == ["a", "b"]
        with pytest.raises(JavaError, match=r"a\.Main ended with status 9: broken pipe inside"):
            child.receive()
        assert not child.is_running


def test_after_its_end_the_next_request_starts_it_again(tmp_path: Path) -> None:
    with process(tmp_path, DIES_AT_THIRD) as child:
        child.send(["a", "b", "c"])
        with pytest.raises(JavaError):
            [child.receive() for _ in range(3)]
        assert child.ask("again") == "again"


def test_a_silent_child_is_ended_and_named_in_bounded_time(tmp_path: Path) -> None:
    child = process(tmp_path, SILENT, timeout_s=0.3)
    child.send(["x" * 1_000_000])
    start = time.monotonic()
    with pytest.raises(JavaError, match=r"gave no answer in 0\.3 s"):
        child.receive()
    assert time.monotonic() - start < 30
    assert not child.is_running


def test_a_heap_that_is_too_small_is_named(tmp_path: Path) -> None:
    program = "print('java.lang.OutOfMemoryError: Java heap space', file=sys.stderr); sys.exit(1)"
    with process(tmp_path, program) as child, pytest.raises(JavaError, match="512 MB of heap") as caught:
        child.ask("a")
    assert caught.value.hint == "raise its memory limit"


def test_a_line_end_inside_a_line_is_refused(tmp_path: Path) -> None:
    with process(tmp_path, ECHO) as child, pytest.raises(ValueError, match="line end"):
        child.send(["two\nlines"])


def test_a_launcher_that_is_gone_is_a_java_error(tmp_path: Path) -> None:
    child = JavaProcess(Java(tmp_path / "gone", 17), [], "a.Main")
    with pytest.raises(JavaError, match=r"a\.Main does not start"):
        child.ask("a")


def test_the_command_bounds_the_heap_and_fixes_the_locale(tmp_path: Path) -> None:
    with process(tmp_path, "print(' '.join(sys.argv[1:]).replace(chr(10), '~'), flush=True)") as child:
        seen = child.ask("a")
    assert seen.startswith("-Xmx512m ")
    assert "-Duser.language=en" in seen
    assert seen.endswith(f"-cp {tmp_path / 'a.jar'} a.Main -x")
