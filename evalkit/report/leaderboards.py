"""Leaderboards in words: what terminal, Markdown and HTML say of them alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.comparisons.leaderboard.board import Leaderboard, Outcome, PairTest, Standing
from evalkit.comparisons.wording import about, percent
from evalkit.core.estimate import Comparison
from evalkit.core.text import plural
from evalkit.report.numbers import difference_text, interval_text, p_text, value_text

TITLE = "Leaderboard"
#: What its letters say.
LETTERS = "Subjects that share a letter are not told apart."
WORDS: dict[Outcome, str] = {
    "win": "better", "loss": "worse", "tie": "not told apart", "untested": "not tested",
}  # fmt: skip
_VISIBLE = (
    " Of a tie, the visible difference is what its samples show with 80 % power; the samples to tell are as "
    "many as show a difference as large as the one seen."
)
#: Names of tied leaders that a sentence lists.
_MAX_NAMED = 4
#: Above that many samples nobody asks for the number.
_MANY = 1_000_000


def name_of_board(board: Leaderboard) -> str:
    """``task · accuracy``, and what the Subjects share."""
    return " · ".join(filter(None, (board.task, board.metric, board.group)))


def headline(board: Leaderboard) -> str:
    """Who leads, a sentence."""
    n_valued = len(board.valued)
    if n_valued < 2:
        has = f"Only {board.valued[0].label} has" if n_valued else "No subject has"
        return f"{has} a value: nothing was compared."
    if board.winner is not None:
        others = n_valued - 1
        return f"{board.winner} is better than {'the other one' if others == 1 else f'all {others} others'}."
    tested = {each.label for each in board.standings if each.n_wins + each.n_losses + each.n_ties}
    leaders = [each for each in board.leaders if each in tested] or [*board.leaders]
    left_out = [each for each in board.leaders if each not in leaders]
    aside = f" {_named(left_out)} {'was' if len(left_out) == 1 else 'were'} not tested." if left_out else ""
    names = _named(leaders)
    if len(leaders) == 1:
        only = "which is not shown to be better than all others"
        return f"Nothing is shown to be better than {names}, {only}.{aside}"
    return f"Nothing is shown to be better than {names}: no test tells which of them is best.{aside}"


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _MAX_NAMED} more" if len(labels) > _MAX_NAMED else ""
    return f"{', '.join(labels[:_MAX_NAMED])}{more}"


def tie_sentence(board: Leaderboard) -> str:
    """What it would take to tell the first two apart, where they are tied; else empty."""
    pair = board.pairs[0]
    found = pair.comparison
    if pair.outcome != "tie" or found is None:
        return ""
    seen = f"{pair.first} and {pair.second} differ by {_span(board, found)} on {plural(found.n, 'sample')}"
    if found.visible_drop is None:
        visible = ", too few to see any difference"
    else:
        visible = (
            f", which show a difference of {value_text(board.metric, found.visible_drop)} four times in five"
        )
    return f"{seen}{visible}. {_would_tell(pair)}"


def _would_tell(pair: PairTest) -> str:
    if pair.n_to_tell is None:
        return "They answered equally well: no number of samples tells them apart by what was seen."
    if pair.n_to_tell > _MANY:
        return "If it is as small as it looks, not even a million samples would tell."
    return f"If it is as large as it looks, about {about(pair.n_to_tell)} samples would tell."


def family_sentence(boards: Sequence[Leaderboard]) -> str:
    """What the letters and ranks of leaderboards are held to."""
    first = boards[0]
    families = dict.fromkeys((each.task, each.metric) for each in boards)
    over = (
        f"all {plural(first.n_family, 'pair')}" if len(families) == 1 else "all pairs of one task and metric"
    )
    return (
        f"{LETTERS} Every two meet in the paired test of the metric; Holm's procedure over {over} keeps the "
        f"chance of any false difference at {percent(first.alpha)}. "
        "A rank has a range where ties leave it open."
        + (_VISIBLE if any(any(each.ties()) for each in boards) else "")
    )


def remarks(board: Leaderboard) -> Iterator[str]:
    """Subjects that are not whole, and pairs that were not tested, each reason once."""
    yield from (said for each in board.standings if (said := each.why_out or each.remark))
    reasons = [each.obstacle for each in board.pairs if each.obstacle]
    for reason in dict.fromkeys(reasons):
        n = reasons.count(reason)
        yield f"Not tested: {reason}" if n == 1 else f"Not tested, {n} pairs: {reason}"


def value_of(board: Leaderboard, standing: Standing) -> str:
    return value_text(board.metric, standing.estimate.value)


def interval_of(board: Leaderboard, standing: Standing) -> str:
    return interval_text(board.metric, standing.estimate.low, standing.estimate.high)


def counts_of(standing: Standing) -> str:
    """``2/0/1``: won, lost, tied, against other Subjects; those not tested are left out."""
    return f"{standing.n_wins}/{standing.n_losses}/{standing.n_ties}"


def matrix_row(board: Leaderboard, label: str) -> list[Outcome | None]:
    """The outcomes of one Subject against all, in the order of the standings; None against itself."""
    return [None if other == label else board.outcome(label, other) for other in board.labels]


def difference_of(board: Leaderboard, pair: PairTest) -> str:
    """``+0.045 [+0.012, +0.078]`` in the metric's own direction, the first minus the second."""
    return "" if pair.comparison is None else _span(board, pair.comparison)


def seen_of(board: Leaderboard, pair: PairTest) -> str:
    """The difference that the pair's samples show with 80 % power, of a tie."""
    found = pair.comparison
    if pair.outcome != "tie" or found is None:
        return ""
    return "none" if found.visible_drop is None else value_text(board.metric, found.visible_drop)


def telling_of(pair: PairTest) -> str:
    """Samples that would tell a tie, if the difference is as large as it looks."""
    if pair.outcome != "tie":
        return ""
    if pair.n_to_tell is None:
        return "none"
    return f"> {_MANY:,}" if pair.n_to_tell > _MANY else about(pair.n_to_tell)


def finding_of(pair: PairTest) -> str:
    """How the first did."""
    return WORDS[pair.outcome]


def moves_of(pair: PairTest) -> str:
    """``31/20/149``: samples won, lost and tied by the first."""
    found = pair.comparison
    return "" if found is None else f"{found.n_wins}/{found.n_losses}/{found.n_ties}"


def p_of(pair: PairTest) -> str:
    """The p-value adjusted after Holm."""
    return p_text(pair.p_adjusted)


def _span(board: Leaderboard, found: Comparison) -> str:
    sign = 1.0 if board.is_higher_better else -1.0
    low, high = sorted((sign * found.low, sign * found.high))
    ends = interval_text(board.metric, low, high)
    return f"{difference_text(board.metric, sign * found.difference)} {ends}"
