"""The rows that a page carries."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.report.collect import collect, collect_comparison
from evalkit.report.data import ReportData
from evalkit.report.payload import Payload, inert_json, pack
from evalkit.report.payload_blocks import compressed, packed
from evalkit.report.payload_blocks import unpacked as unpacked_bytes
from tests.unit.report.memory_source import MemorySource, regressed, rows


def unpacked(payload: Payload) -> list[dict[str, Any]]:
    """The evaluations as the page puts them together: short columns, and the long ones of all blocks."""
    if not payload.is_compressed:
        return list(orjson.loads(payload.text)["evaluations"])
    evaluations: list[dict[str, Any]] = _unpacked(payload.text)["evaluations"]
    for each in evaluations:
        n_blocks = -(-each["n"] // each["block_rows"])
        for text in payload.blocks[each["block"] : each["block"] + n_blocks]:
            _append(each["columns"], _unpacked(text))
    return evaluations


def _unpacked(text: str) -> dict[str, Any]:
    return dict(orjson.loads(unpacked_bytes(text)))


def _append(columns: dict[str, Any], block: dict[str, Any]) -> None:
    for place, path in enumerate(block["paths"]):
        part = columns
        for name in path[:-1]:
            part = part.setdefault(name, {})
        part.setdefault(path[-1], []).extend(row[place] for row in block["rows"])


def one_run(marks: str, outputs: list[str] | None = None) -> MemorySource:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows(marks, outputs=outputs))
    return source


def compared(before: str, after: str) -> ReportData:
    source = one_run(before)
    source.add_run("b")
    source.add("b", "f", rows(after, outputs=[f"{'long ' * 200}{i}" for i in range(len(after))]))
    return collect_comparison(source, "a", "b")


def test_a_row_carries_both_outputs_and_how_it_changed() -> None:
    _, after = unpacked(pack(collect(regressed(), "run-b")))
    columns = after["columns"]
    assert columns["output"][1] == "no"
    assert columns["base"]["output"][1] == "yes"
    assert columns["change"][1] == "loss"
    assert columns["scores"]["exact_match"]["value"][1] == 0


def test_columns_that_hold_nothing_are_left_out() -> None:
    (found,) = unpacked(pack(collect(one_run("++"), "a")))
    assert "ttft_s" not in found["columns"]
    assert "base" not in found["columns"]


def test_many_rows_are_compressed() -> None:
    payload = pack(collect(one_run("+-" * 2000), "a"))
    assert payload.is_compressed
    assert len(unpacked(payload)[0]["columns"]["id"]) == 4000


@given(st.text(st.characters(), max_size=40))
def test_no_text_can_end_the_script_element_that_it_stands_in(text: str) -> None:
    found = inert_json({"output": f"<{text}</script><!--{text}"})
    assert "<" not in found
    orjson.loads(found)


@pytest.mark.parametrize("text", ["lone \ud800", "\udfff", "pair \ud83d\ude00"])
def test_lone_surrogates_do_not_break_the_json(text: str) -> None:
    (found,) = unpacked(pack(collect(one_run("+", [text]), "a")))
    assert found["columns"]["output"][0].encode()


def test_a_target_of_any_kind_is_kept() -> None:
    source = one_run("+")
    targets: list[Any] = [{"a": {1, 2}, 3: 1 << 80}]
    source.observations_of["e"] = Observations(["s0"], targets, [Response("x", "s0")])
    (found,) = unpacked(pack(collect(source, "a")))
    assert found["columns"]["target"][0]["3"] == str(1 << 80)


def test_a_report_that_is_too_large_keeps_all_rows_that_changed_and_says_what_it_left_out() -> None:
    data = compared("+" * 300, "-" * 20 + "+" * 270 + "!" * 10)
    payload = pack(data, max_chars=100_000)
    (found,) = unpacked(payload)
    kept = found["columns"]["change"]
    assert (kept.count("loss"), kept.count("error")) == (20, 10)
    assert found["n"] < 300
    assert f"carries {found['n']} of 300 rows: all 10 errors, all 20 losses" in payload.note


def test_texts_are_cut_before_rows_that_changed_are_left_out() -> None:
    payload = pack(compared("+" * 300, "-" * 300), max_chars=300_000)
    (found,) = unpacked(payload)
    assert found["n"] == 300
    assert payload.note == "Texts are cut after 400 characters."
    assert "more characters]" in found["columns"]["output"][0]


def test_the_size_of_a_payload_is_bounded() -> None:
    payload = pack(collect(one_run("+-" * 20_000), "a"), max_bytes=60_000)
    assert len(payload.text) + sum(map(len, payload.blocks)) <= 60_000
    assert unpacked(payload)[0]["n"] > 0


def test_a_report_that_fits_says_nothing_about_size() -> None:
    assert pack(collect(one_run("++--"), "a")).note == ""


@given(st.binary(max_size=40))
def test_packed_bytes_come_back_and_hold_no_sign_that_a_page_reads(raw: bytes) -> None:
    text = packed(raw)
    assert unpacked_bytes(text) == raw
    assert not set(text) & set('<" \r\n\0')


def test_blocks_that_are_packed_a_few_at_a_time_keep_their_order() -> None:
    raw = [f"block {number}".encode() for number in range(20)]
    assert [unpacked_bytes(text) for text in compressed(iter(raw))] == raw
