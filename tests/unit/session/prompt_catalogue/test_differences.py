"""What people read of a change."""

from __future__ import annotations

from evalkit.session.prompt_catalogue.differences import line_changes


def shown(old: str, new: str) -> list[str]:
    return [each.shown for each in line_changes(old, new)]


def test_a_line_that_changed_is_shown_once_with_its_words() -> None:
    assert shown("user:\nSay yes, {{ name }}.\n", "user:\nSay no, {{ name }}.\n") == [
        "  user:", "~ Say [-yes-]{+no+}, {{ name }}.",
    ]  # fmt: skip


def test_lines_with_nothing_in_common_stand_as_two_and_far_ones_are_counted() -> None:
    before = [f"line {i}" for i in range(9)]
    after = [*before[:8], "Something else altogether"]
    assert shown("\n".join(before), "\n".join(after)) == [
        "… 6 more", "  line 6", "  line 7", "- line 8", "+ Something else altogether",
    ]  # fmt: skip


def test_the_same_text_has_no_changes() -> None:
    assert shown("a\n", "a\n") == []
    assert shown("a\n", "a") == ["~ only the ends of lines differ"]
