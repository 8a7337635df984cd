"""A leaderboard for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from evalkit.comparisons.leaderboard.board import Leaderboard, PairTest, Standing


def board_object(board: Leaderboard) -> dict[str, Any]:
    """Plain values. Signs of differences are turned where lower is better, so that above 0 the first is
    better."""
    return {
        "task": board.task,
        "group": board.group or None,
        "metric": board.metric,
        "is_higher_better": board.is_higher_better,
        "alpha": board.alpha,
        "n_family": board.n_family,
        "winner": board.winner,
        "leaders": list(board.leaders),
        "standings": [standing_object(each) for each in board.standings],
        "pairs": [pair_object(each) for each in board.pairs],
    }


def standing_object(standing: Standing) -> dict[str, Any]:
    """One Subject."""
    estimate = standing.estimate
    return {
        "subject": standing.label,
        "rank_low": standing.rank_low,
        "rank_high": standing.rank_high,
        "ties": standing.letters,
        "value": estimate.value,
        "ci_low": estimate.low,
        "ci_high": estimate.high,
        "n": estimate.n,
        "n_wins": standing.n_wins,
        "n_losses": standing.n_losses,
        "n_ties": standing.n_ties,
        "n_untested": standing.n_untested,
        "remark": standing.remark,
        "why_out": standing.why_out,
    }


def pair_object(pair: PairTest) -> dict[str, Any]:
    """Two Subjects."""
    return {
        "first": pair.first,
        "second": pair.second,
        "outcome": pair.outcome,
        "p_adjusted": pair.p_adjusted,
        "n_to_tell": pair.n_to_tell,
        "obstacle": pair.obstacle,
        "comparison": None if pair.comparison is None else asdict(pair.comparison),
    }
