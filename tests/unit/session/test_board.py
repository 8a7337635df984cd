"""Outcomes that one process puts up and others wait for."""

from __future__ import annotations

from pathlib import Path

from evalkit.session.outcome import Board, ItemOutcome

PASS = ItemOutcome("pass", "all is well")


def test_an_outcome_is_seen_by_another_process(tmp_path: Path) -> None:
    here, there = Board(tmp_path / "outcomes"), Board(tmp_path / "outcomes")
    assert there.get("a", 0) is None
    here.publish("a", PASS)
    assert there.get("a", 0) == PASS


def test_who_takes_over_from_one_that_died_in_the_middle_of_a_line_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "outcomes"
    here, there = Board(path), Board(path)
    here.publish("a", PASS)
    path.write_bytes(path.read_bytes() + b'["b",{"verd')
    assert there.get("a", 0) == PASS
    Board(path).publish("b", PASS)
    assert there.get("b", 0) == PASS


def test_a_worse_outcome_of_the_same_item_is_not_lost(tmp_path: Path) -> None:
    here, there = Board(tmp_path / "outcomes"), Board(tmp_path / "outcomes")
    here.publish("a", PASS)
    here.publish("a", ItemOutcome("error", "broke"))
    here.publish("a", PASS)
    assert here.get("a", 0) == there.get("a", 0) == ItemOutcome("error", "broke")
    assert here.contradictions() == there.contradictions() == []


def test_an_outcome_that_came_out_worse_after_it_was_handed_out_is_told(tmp_path: Path) -> None:
    here, there = Board(tmp_path / "outcomes"), Board(tmp_path / "outcomes")
    here.publish("a", PASS)
    assert there.get("a", 0) == PASS
    here.publish("a", ItemOutcome("fail", "it is not"))
    assert there.contradictions() == ["a was reported as pass, and is fail: it is not"]
