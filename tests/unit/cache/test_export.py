"""The cache as a file: what goes out comes in again, and nothing else does."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.cache.entries import entries_of, stats
from evalkit.cache.export import Exported, write_file
from evalkit.cache.merge import read_file
from evalkit.cache.parts import input_digest
from evalkit.errors import UsageError
from tests.unit.cache.test_cache import IDENTITY, REQUEST, RESPONSE
from tests.unit.cache.test_differences import REQUEST as WHOLE
from tests.unit.cache.test_differences import image

REQUESTS = (
    REQUEST,
    WHOLE,
    replace(WHOLE, messages=(image(b"\x89PNG"),), sample=replace(WHOLE.sample, id="s2")),
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A cache with a plain request, one with everything, and one with an image."""
    cache = ResponseCache.open(tmp_path / "cache")
    for request in REQUESTS:
        response = replace(RESPONSE, sample_id=request.sample.id, input=request.text)
        cache.put(cache.key(IDENTITY, request), response, request)
    cache.close()
    return tmp_path / "cache"


def export(directory: Path, path: Path) -> Exported:
    texts = {input_digest(request.text).hex(): request.text for request in REQUESTS}
    return write_file(
        directory, path, lambda entry: True, lambda es: {each.key: texts[each.input_digest] for each in es}
    )


def test_what_goes_out_comes_in_again(directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "ci.jsonl"
    assert export(directory, file).n_entries == 3
    assert read_file(tmp_path / "other", file).n_new == 3
    cache = ResponseCache.open(tmp_path / "other", "read")
    for request in REQUESTS:
        found = cache.get(cache.key(IDENTITY, request))
        assert found == replace(RESPONSE, is_cached=True, sample_id="", input="")
        assert found is not None
        assert found.choice_logprobs == (-0.5, -math.inf)


def test_the_parts_of_keys_and_the_inputs_go_along(directory: Path, tmp_path: Path) -> None:
    export(directory, tmp_path / "ci.jsonl")
    read_file(tmp_path / "other", tmp_path / "ci.jsonl")
    (entry,) = entries_of(tmp_path / "other", "s2")
    assert entry.parts is not None
    assert entry.parts.messages[0].media == (image(b"\x89PNG").media[0].sha256,)
    assert entry.options is not None
    assert entry.options["tool_choice"] == "auto"
    assert entry.text == REQUESTS[2].text


def test_the_same_entries_are_the_same_bytes_wherever_they_were_kept(directory: Path, tmp_path: Path) -> None:
    for name in ("ci.jsonl", "ci.jsonl.gz"):
        first, second = tmp_path / name, tmp_path / "again" / name
        export(directory, first)
        read_file(tmp_path / "other", first)
        write_file(
            tmp_path / "other", second, lambda entry: True, lambda es: {e.key: e.text for e in es if e.text}
        )
        assert first.read_bytes() == second.read_bytes()


def test_what_is_there_stays(directory: Path, tmp_path: Path) -> None:
    export(directory, tmp_path / "ci.jsonl")
    other = ResponseCache.open(tmp_path / "other")
    other.put(other.key(IDENTITY, REQUEST), replace(RESPONSE, output="mine"))
    other.put(other.key(IDENTITY, WHOLE), replace(RESPONSE, sample_id="s1"))
    other.close()
    merged = read_file(tmp_path / "other", tmp_path / "ci.jsonl")
    assert (merged.n_new, merged.n_known, merged.n_other) == (1, 1, 1)
    reading = ResponseCache.open(tmp_path / "other", "read")
    kept = reading.get(reading.key(IDENTITY, REQUEST))
    assert kept is not None
    assert kept.output == "mine"


def lines_of(directory: Path, tmp_path: Path) -> list[Any]:
    export(directory, tmp_path / "ci.jsonl")
    return [orjson.loads(line) for line in (tmp_path / "ci.jsonl").read_bytes().splitlines()]


def changed(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda line: {**line, **changes}


def answered(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda line: {**line, "response": {**line["response"], **changes}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed(entry="00"), "is not 48 hexadecimal digits"),
        (changed(entry="zz" * 24), "non-hexadecimal|of a model that no line"),
        (changed(entry="00" * 24), "of a model that no line above names"),
        (changed(sample_id=7), "sample_id 7 is not a text"),
        (changed(repeat=-1), "repeat -1 is not a whole number"),
        (changed(repeat=True), "repeat true is not"),
        (changed(stored_at=1e300), "is not a time"),
        (changed(stored_at="now"), "is not a time"),
        (changed(input_digest="00" * 8, input="x"), "the input is not the one"),
        (changed(parts=[1]), "the parts of a key cannot be read"),
        (changed(more=1), "unknown field 'more'"),
        (changed(response=None), "the response is not an object"),
        (answered(output=None), "the response has no output"),
        (answered(prompt_tokens=-1), "prompt_tokens"),
        (answered(latency_s="fast"), "latency_s"),
        (answered(surprise=1), "unknown field 'surprise'"),
        (lambda line: [line], "is not a JSON object"),
        (lambda line: {"__class__": "os.system"}, "is of an unknown kind"),
        (lambda line: {"model": "00" * 8, "identity": {"name": "m"}}, "not the one that its digest names"),
        (lambda line: {"options": "00" * 8, "value": {}}, "not those that their digest names"),
    ],
)
def test_a_line_that_is_not_sound_is_one_error_with_its_number_and_nothing_comes_in(
    directory: Path, tmp_path: Path, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    lines = lines_of(directory, tmp_path)
    lines[-1] = change(lines[-1])
    (tmp_path / "bad.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    with pytest.raises(UsageError, match=message) as error:
        read_file(tmp_path / "other", tmp_path / "bad.jsonl")
    assert error.value.where == f"{tmp_path / 'bad.jsonl'}:{len(lines)}"
    assert stats(tmp_path / "other").n_entries == 0


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        (b"", "", "is empty"),
        (b'{"evalkit_cache":2}\n', ":1", "the first line is not"),
        (b'{"evalkit_cache":1}\n{"entry"', ":2", "was cut off"),
        (b'{"evalkit_cache":1}\n\xff\n', ":1|:2", "not a valid export"),
        (b'{"evalkit_cache":1}\n' + b"[" * 100_000 + b"\n", ":2", "recursion|depth|JSON"),
        (
            b'{"evalkit_cache":1}\n' + b'"' + b"x" * (17 << 20) + b'"\n',
            ":2",
            "more than 16,777,216 characters",
        ),
    ],
    ids=["empty", "of another form", "cut off", "no text", "deep", "long"],
)
def test_a_file_that_is_none_is_one_error(tmp_path: Path, content: bytes, where: str, message: str) -> None:
    (tmp_path / "bad.jsonl").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_file(tmp_path / "other", tmp_path / "bad.jsonl")


def test_a_file_that_is_not_there_is_not_called_malformed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        read_file(tmp_path / "other", tmp_path / "none.jsonl")


def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    line = b'{"evalkit_cache":1}\n' + b"\n".join([b'{"x":"' + b" " * (1 << 20) + b'"}'] * 70)
    (tmp_path / "bomb.jsonl.gz").write_bytes(gzip.compress(line))
    with pytest.raises(UsageError, match="not a valid export"):
        read_file(tmp_path / "other", tmp_path / "bomb.jsonl.gz")


def test_an_entry_that_stands_twice_is_refused(directory: Path, tmp_path: Path) -> None:
    export(directory, tmp_path / "ci.jsonl")
    content = (tmp_path / "ci.jsonl").read_bytes()
    (tmp_path / "bad.jsonl").write_bytes(content + content.splitlines()[-1] + b"\n")
    with pytest.raises(UsageError, match="appears twice"):
        read_file(tmp_path / "other", tmp_path / "bad.jsonl")


def test_a_key_that_the_environment_holds_is_cut_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "cAn4ry-0f-walnut-77")
    cache = ResponseCache.open(tmp_path / "cache")
    answer = replace(RESPONSE, output="it is cAn4ry-0f-walnut-77", tool_calls=({"k": "cAn4ry-0f-walnut-77"},))
    cache.put(cache.key(IDENTITY, REQUEST), replace(answer, input=REQUEST.text), REQUEST)
    cache.close()
    written = export(tmp_path / "cache", tmp_path / "ci.jsonl")
    assert written.n_cut == 1
    assert b"cAn4ry" not in (tmp_path / "ci.jsonl").read_bytes()


def test_a_name_that_does_not_say_what_it_is_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not tell the format"):
        write_file(tmp_path, tmp_path / "ci.txt", lambda entry: True, lambda entries: {})
