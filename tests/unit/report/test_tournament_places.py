"""The order in which a tournament's Subjects are shown."""

from __future__ import annotations

import pytest

from evalkit.core.tournament import TournamentRecord
from evalkit.report.tournament import _place


def tied(value: float | None, *, is_higher_better: bool) -> TournamentRecord:
    return TournamentRecord("m", "tied", False, 0.05, 10, 10, value=value, is_higher_better=is_higher_better)


@pytest.mark.parametrize(("is_higher_better", "shown"), [(True, [0.9, 0.2, None]), (False, [0.2, 0.9, None])])
def test_the_best_stands_first_in_the_direction_of_the_metric(
    is_higher_better: bool, shown: list[float | None]
) -> None:
    records = [tied(each, is_higher_better=is_higher_better) for each in (None, 0.9, 0.2)]
    assert [each.value for each in sorted(records, key=_place)] == shown
