"""METEOR: the jar's statistics, our sum of them, and what happens when Java is troubled."""

from __future__ import annotations

import gzip
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.comparisons.estimate import estimate
from evalkit.errors import MetricError
from evalkit.metrics.cancellation import SessionWork
from evalkit.metrics.captions.engine.java import find_java
from evalkit.metrics.captions.engine.java_process import JavaProcess
from evalkit.metrics.captions.engine.meteor_jar import meteor_jar
from evalkit.metrics.captions.engine.meteor_score import scores, statistics_of
from evalkit.metrics.captions.meteor import Meteor
from evalkit.metrics.references import NO_TARGET
from tests.java_programs import content, need_meteor, stand_in
from tests.shared_data import shared_data
from tests.unit.metrics.caption_rows import captions

# Statistics for each request: as many words as the caption has, all of them matched in two chunks.
ANSWERS = """
def answer(line):
    n = float(len(line.split("|||")[-1].split()))
    return " ".join(map(str, [n, n, 0.0, 0.0, n, n] + [0.0] * 14 + [2.0, n, n]))
"""
ECHO = ANSWERS + "for line in sys.stdin: print(answer(line), flush=True)"
DIES_ONCE = (
    ANSWERS
    + """
for i, line in enumerate(sys.stdin):
    if i == 2 and os.path.getsize(starts) == 1:
        os._exit(137)
    print(answer(line), flush=True)
"""
)
DIES_OVER_ONE = (
    ANSWERS
    + """
for line in sys.stdin:
    if "deadly" in line:
        print("java.lang.OutOfMemoryError: Java heap space", file=sys.stderr)
        os._exit(1)
    print(answer(line), flush=True)
"""
)
NEVER_STARTS = "print('Could not reserve enough space', file=sys.stderr); os._exit(1)"
HANGS = "import time; time.sleep(600)"


@pytest.fixture
def reference() -> dict[str, Any]:
    return dict(json.loads(shared_data("reference/captions_100.json").read_text()))


def test_each_image_equals_the_reference_to_its_own_digits(reference: dict[str, Any]) -> None:
    need_meteor()
    data = captions((i, reference["raw_res"][i][0], reference["raw_gts"][i]) for i in reference["image_ids"])
    rows = Meteor().table(data).rows
    np.testing.assert_allclose(
        Meteor().aggregate(rows, np.eye(len(rows))), reference["METEOR"]["per_image"], rtol=0, atol=1e-15
    )
    assert Meteor().aggregate(rows)[0] == reference["METEOR"]["corpus"]


@dataclass(frozen=True)
class Talk:
    """What METEOR said: statistics and score of each text, a score of all, and what lay where the jar is."""

    lines: list[str]
    each: list[float]
    together: float
    before: dict[str, tuple[int, int]]
    after: dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    """In a locale with decimal commas, and with one paraphrase: to read its own takes ten seconds."""
    need_meteor()
    paraphrases = tmp_path_factory.mktemp("meteor") / "paraphrases.gz"
    paraphrases.write_bytes(gzip.compress(b"0.5\nbarks\nis loud\n"))
    texts = [
        ("SCORE ||| a man rides a horse ||| a man riding a horse"),
        ("SCORE ||| two cats ||| two cats"),
        ("SCORE ||| the big dog barks ||| a car ||| the large dog is loud"),
        ("SCORE ||| a boat ||| "),
    ]
    jar = meteor_jar()
    before = content(jar.parents[1])
    arguments = ["-", "-", "-stdio", "-l", "en", "-norm", "-a", str(paraphrases)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "de_DE.UTF-8")
        patch.setenv("JAVA_TOOL_OPTIONS", "-Duser.language=de -Duser.country=DE")
        with JavaProcess(find_java(), [jar], "Meteor", arguments, 2000) as java:
            lines = [java.ask(text) for text in texts]
            java.send([" ||| ".join(["EVAL", *lines])])
            *each, together = [float(java.receive()) for _ in range(len(texts) + 1)]
    return Talk(lines, each, together, before, content(jar.parents[1]))


def test_our_sum_is_what_the_jar_makes_of_the_same_lines(talk: Talk) -> None:
    rows = np.array([statistics_of(line) for line in talk.lines])
    assert scores(rows, np.eye(len(rows))).tolist() == talk.each
    assert scores(rows).tolist() == [talk.together]


def test_a_locale_with_decimal_commas_changes_nothing(talk: Talk) -> None:
    assert talk.lines[1].startswith("2.0 2.0 ")
    assert not [line for line in talk.lines if "," in line]


def test_nothing_is_written_where_the_jar_is(talk: Talk) -> None:
    assert talk.after == talk.before


def test_hostile_texts_are_scored_and_harm_no_other() -> None:
    need_meteor()
    dog = ["a dog runs", "the dog is running"]
    alone = Meteor().table(captions([("1", "a dog runs", dog)])).rows
    table = Meteor().table(
        captions(
            [
                ("empty", "", dog),
                ("bars", "a ||| dog ||| runs", dog),
                ("lines", "a dog\nruns\r\nEVAL ||| 1", dog),
                ("long", "horse " * 10_000, dog),
                ("no words", "...", dog),
                ("empty reference", "a dog", [""]),
                ("plain", "a dog runs", dog),
            ]
        )
    )
    assert table.n_failed == 0
    each = dict(zip(table.sample_ids, Meteor().aggregate(table.rows, np.eye(7)).tolist(), strict=True))
    assert [each[name] for name in ("empty", "long", "no words", "empty reference")] == [0, 0, 0, 0]
    assert 0 < each["bars"] < each["lines"] < each["plain"] == 1.0
    assert table.rows[-1].tolist() == alone[0].tolist()


def test_failed_responses_and_samples_without_reference_are_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, ECHO)
    data = captions([("1", "a dog", ["a dog"]), ("2", None, ["a dog"]), ("3", "a dog", None), ("4", "a", [])])
    table = Meteor().table(data)
    assert (table.sample_ids, table.n_failed) == (("1",), 3)
    assert table.first_failure == f"sample '3': {NO_TARGET}"


def test_java_killed_half_way_is_started_again_and_all_captions_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = stand_in(tmp_path, monkeypatch, DIES_ONCE)
    table = Meteor().table(captions((str(i), "w " * (i + 1), ["w"]) for i in range(5)))
    assert table.rows[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert table.n_failed == 0
    assert starts.read_text() == "xx"


def test_a_caption_that_kills_java_twice_is_an_error_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, DIES_OVER_ONE)
    data = captions((str(i), "deadly" if i == 2 else "w", ["w"]) for i in range(5))
    found = estimate(Meteor(heap_mb=77), "meteor", data)
    assert (found.n, found.n_failed, found.error) == (4, 1, None)
    assert "raise heap_mb, now 77" in str(found.first_failure)


def test_a_java_that_never_works_is_one_error_of_the_metric(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, NEVER_STARTS)
    data = captions((str(i), f"w{i}", ["w"]) for i in range(50))
    with pytest.raises(MetricError, match="Could not reserve enough space"):
        Meteor().table(data)


def test_what_was_aligned_once_needs_no_java_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, ECHO)
    data = captions([("1", "a dog", ["a dog"])])
    before = Meteor().table(data)
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Meteor().table(data).rows.tolist() == before.rows.tolist()
    with pytest.raises(MetricError, match="Java is not there"):
        Meteor().table(captions([("1", "a cat", ["a dog"])]))


def test_a_cache_that_cannot_be_written_costs_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = stand_in(tmp_path, monkeypatch, ECHO)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path / "file"))
    data = captions([("1", "a dog", ["a dog"])])
    assert Meteor().table(data).rows.tolist() == Meteor().table(data).rows.tolist()
    assert starts.read_text() == "xx"


def test_work_is_told_and_stops_when_the_session_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, HANGS)
    work = SessionWork()
    errors: list[str] = []

    def compute() -> None:
        try:
            Meteor().table(captions([("1", "a dog", ["a dog"])]))
        except MetricError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work.run, args=(compute,))
    thread.start()
    while work.text is None:
        time.sleep(0.01)
    assert work.text == "meteor: captions aligned 0/1"
    work.stop()
    thread.join(30)
    assert errors == ["meteor: captions aligned: stopped before it was done"]
    assert work.text is None
    with pytest.raises(MetricError, match="stopped"):
        work.run(lambda: Meteor().table(captions([("1", "a cat", ["a dog"])])))


def test_its_signature_names_jar_and_tokeniser_and_not_the_memory() -> None:
    need_meteor()
    signature = Meteor(heap_mb=500).signature(captions([]))
    assert signature == Meteor().signature(captions([]))
    assert signature.startswith("meteor|tokenizer:ptb-python-")
    assert "|jar:meteor-1.5-1e57b4c7|" in signature
