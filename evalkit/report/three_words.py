"""The answer of a comment's heading, in three words."""

from __future__ import annotations

from evalkit.report.data import ReportData

#: Without a gate, what the worst difference shows by itself.
_UNGATED = {"worse": "It got worse", "better": "It got better", "unclear": "Cannot be told"}


def three_words(data: ReportData, shown: str) -> str:
    """Did it get worse? Where nothing was compared: who won, or did the gates pass?

    Args:
        shown: what the worst difference shows where no gate asked.
    """
    standings = data.tournament_standings
    if standings:
        is_won = "winner" in standings and not standings & {"tied", "open"}
        return "One subject won" if is_won else "No single winner"
    if data.boards and shown == "none":
        return "Ranked, no gate"
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
