"""What the process that evaluates leaves for the one that takes over."""

from __future__ import annotations

from pathlib import Path

from evalkit.session.leadership import Leadership


def test_who_takes_over_knows_what_is_spent_of_the_budget(tmp_path: Path) -> None:
    first, second = Leadership(tmp_path), Leadership(tmp_path)
    assert second.n_spent == 0
    first.note_spent(3)
    first.note_spent(7)
    assert second.n_spent == 7
