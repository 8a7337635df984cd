"""What a comment begins with: the answer in three words, how sure it is, and the differences as a drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.report.blocks import Answer
from evalkit.report.data import ReportData
from evalkit.report.markdown_text import escape
from evalkit.report.wording import SIGNS, banners, headline

#: Without a gate, what the worst difference shows by itself.
_UNGATED = {"worse": "It got worse", "better": "It got better", "unclear": "Cannot be told"}
_FENCES = re.compile("`{3,}")


def answer_parts(data: ReportData) -> Iterator[tuple[str, str]]:
    """Name and text: the heading, what must be known before any number, then at most three sentences."""
    told = _answer(data)
    gates = f": {headline(data)}" if data.outcome_counts else ""
    sign = SIGNS[data.outcome]
    yield "", f"### evalkit: {sign} {three_words(data, told.outcome if told else '')}{gates}"
    for banner in banners(data):
        yield "notes", f"> **Note** {escape(banner, 400)}"
    if told is not None:
        yield "answer", " ".join(escape(sentence, 800) for sentence in told.sentences)


def _answer(data: ReportData) -> Answer | None:
    if all(item.pair is None for item in data.evaluations):
        return None
    from evalkit.report.answer import answer  # only a comparison pays for it
    from evalkit.report.differences import differences

    return answer(data, [each for each in differences(data) if each.is_told])


def three_words(data: ReportData, shown: str) -> str:
    """Did it get worse? Where nothing was compared: did the gates pass?

    Args:
        shown: what the worst difference shows where no gate asked.
    """
    verdicts = [verdict for item in data.evaluations for verdict in item.verdicts]
    is_compared = any(each.comparison is not None for each in verdicts if each.word == data.outcome)
    words = {
        "fail": "It got worse" if is_compared else "A gate failed",
        "error": "Nothing is decided",
        "undecided": "Cannot be told",
        "dropped": "Dropped before deciding",
        "recorded": "Nothing compared yet",
        "pass": "Nothing got worse" if is_compared else "Every gate passed",
        "none": _UNGATED.get(shown, "No gate set"),
    }
    return words[data.outcome]


def difference_parts(data: ReportData) -> Iterator[str]:
    """The forest plots of the page, each drawn with characters in a block of code."""
    if all(item.pair is None for item in data.evaluations):
        return
    from evalkit.report.differences import differences
    from evalkit.report.forest import forest
    from evalkit.report.plain_forest import plain_forest

    for plot in forest([each for each in differences(data) if each.is_told]):
        text = "\n".join(line.text for line in plain_forest([plot]))
        # A name may hold a fence: the one around is longer than any.
        fence = "`" * max(3, 1 + max(map(len, _FENCES.findall(text)), default=2))
        yield f"{fence}text\n{text}\n{fence}"
