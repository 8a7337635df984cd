"""Captions to propositions: the real parser, and what happens when its Java is troubled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.errors import MetricError
from evalkit.metrics.captions.engine.scenes import jars, parser
from evalkit.metrics.captions.engine.scenes.jars import ARTIFACTS, class_path, jar_folder, missing_jars
from evalkit.metrics.captions.engine.scenes.parser import SceneParser
from tests.java_programs import need_spice, stand_in

PARSER = SceneParser(500, None, 150)

# Proposes each word as an object, as the script of the real one answers.
ANSWERS = """
def answer(line):
    return json.dumps([[[word] for word in caption.split()] for caption in json.loads(line)])
"""
ECHO = ANSWERS + "for line in sys.stdin: print(answer(line), flush=True)"
DIES_ONCE = (
    ANSWERS
    + """
for i, line in enumerate(sys.stdin):
    if i == 1 and os.path.getsize(starts) == 1:
        os._exit(137)
    print(answer(line), flush=True)
"""
)
DIES_OVER_ONE = (
    ANSWERS
    + """
for line in sys.stdin:
    if "deadly" in line:
        os._exit(134)
    if "heavy" in line:
        print(json.dumps({"error": "java.lang.OutOfMemoryError: Java heap space"}), flush=True)
        continue
    print(answer(line), flush=True)
"""
)
NEVER_STARTS = "print('Invalid maximum heap size: -Xmx500m', file=sys.stderr); os._exit(1)"


def put_jars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty files of the right size."""
    jar_folder().mkdir(parents=True, exist_ok=True)
    for artifact in ARTIFACTS:
        with (jar_folder() / artifact.file).open("wb") as file:
            file.truncate(artifact.n_bytes)


def ready(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Path:
    starts = stand_in(folder, monkeypatch, program)
    put_jars(monkeypatch)
    return starts


def test_the_real_parser_finds_objects_attributes_and_relations() -> None:
    need_spice()
    texts = [
        "two red cars parked next to a building",
        "a man riding a horse on the beach",
        'café "and/or" \\ 😀',
    ]
    found = SceneParser(3000, None, 150).parse(texts)
    assert found[texts[0]] == [
        *(["car", "building", "park to"], ["car", "red"], ["car", "two"], ["building"], ["car"])
    ]
    assert found[texts[1]][0] == ["horse", "beach", "on"]
    assert not isinstance(found[texts[2]], str)


def test_captions_are_parsed_once_whatever_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = ready(tmp_path, monkeypatch, ECHO)
    assert PARSER.parse(["a dog", "a cat", "a dog"]) == {"a dog": [["a"], ["dog"]], "a cat": [["a"], ["cat"]]}
    assert PARSER.parse(["a cat"]) == {"a cat": [["a"], ["cat"]]}
    assert starts.read_text() == "x"


def test_only_what_is_new_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(tmp_path, monkeypatch, ECHO)
    PARSER.parse(["a dog", "a cat"])
    log = tmp_path / "asked"
    launcher = tmp_path / "java-home/bin/java"
    launcher.write_text(
        launcher.read_text().replace(
            "def answer(line):", f"def answer(line):\n    open({str(log)!r}, 'a').write(line)"
        )
    )
    PARSER.parse(["a dog", "a bird", "a cat"])
    assert log.read_text().splitlines() == ['["a bird"]']


def test_a_text_without_words_needs_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path))
    assert PARSER.parse(["", "  "]) == {"": [], "  ": []}


def test_a_text_that_is_too_long_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(tmp_path, monkeypatch, ECHO)
    long = "w " * 10_000
    found = PARSER.parse(["a", long])
    assert found["a"] == [["a"]]
    assert found[long] == "a text of 10,000 words is longer than max_words, 150"


def test_java_killed_half_way_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = ready(tmp_path, monkeypatch, DIES_ONCE)
    monkeypatch.setattr(parser, "_BATCH", 2)
    texts = [f"w{i}" for i in range(7)]
    assert PARSER.parse(texts) == {text: [[text]] for text in texts}
    assert starts.read_text() == "xx"


def test_captions_that_break_java_are_errors_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(tmp_path, monkeypatch, DIES_OVER_ONE)
    found = PARSER.parse(["a", "deadly", "b", "heavy", "c"])
    assert {text for text, value in found.items() if isinstance(value, str)} == {"deadly", "heavy"}
    assert "status 134" in str(found["deadly"])
    assert str(found["heavy"]).endswith("Java heap space; raise heap_mb, now 500")
    assert found["c"] == [["c"]]


def test_broken_captions_are_tried_again_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tmp_path, monkeypatch, DIES_OVER_ONE)
    PARSER.parse(["heavy"])
    (tmp_path / "java-home/bin/java").unlink()
    (tmp_path / "java-home/bin").rmdir()
    (tmp_path / "java-home").rmdir()
    ready(tmp_path, monkeypatch, ECHO)
    assert PARSER.parse(["heavy"]) == {"heavy": [["heavy"]]}


def test_a_java_that_never_works_is_one_error_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tmp_path, monkeypatch, NEVER_STARTS)
    with pytest.raises(MetricError, match="Invalid maximum heap size: -Xmx500m; raise heap_mb, now 500"):
        PARSER.parse([f"w{i}" for i in range(300)])


def test_memory_and_threads_reach_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(tmp_path, monkeypatch, f"open({str(tmp_path / 'argv')!r}, 'w').write(' '.join(sys.argv))\n{ECHO}")
    SceneParser(777, 3, 150).parse(["a"])
    argv = (tmp_path / "argv").read_text()
    assert "-Xmx777m" in argv
    assert "-XX:ActiveProcessorCount=3" in argv


def test_missing_jars_are_an_error_that_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, ECHO)
    with pytest.raises(MetricError, match=r"evalkit setup spice \(387 MB, once\)"):
        PARSER.parse(["a"])


def test_a_half_fetched_jar_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(tmp_path, monkeypatch, ECHO)
    assert missing_jars() == []
    (jar_folder() / ARTIFACTS[1].file).write_bytes(b"half")
    assert missing_jars() == [ARTIFACTS[1]]


def test_without_pycocoevalcap_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.metrics.captions.engine.pycoco.find_spec", lambda name: None)
    with pytest.raises(MetricError, match=r"pip install 'pytest-evalkit\[captions\]'"):
        jars.spice_jar()


def test_the_class_path_holds_each_jar_once() -> None:
    need_spice()
    names = [path.name for path in class_path()]
    assert len(names) == len(set(names))
    assert {"stanford-corenlp-3.6.0-models.jar", "spice-1.0.jar", "guava-19.0.jar"} <= set(names)


def test_the_words_of_a_caption_reach_java_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tmp_path, monkeypatch, ECHO)
    text = 'é "q" \\ \U0001f600 \u2028'
    assert json.dumps(PARSER.parse([text])[text]) == json.dumps([[word] for word in text.split()])
