"""Single answers: what was asked, when it was answered, and whether it came from the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.message import Media
from evalkit.store import sample_rows
from evalkit.store.connection import Connection
from evalkit.store.review_content import media_of

#: A time in seconds becomes a column's microseconds with at most so many of error.
_NEAR_US = 1


@frozen(slots=True)
class Answer:
    """One row of ``responses`` without what was answered; ``answered_us`` is microseconds since 1970."""

    evaluation_id: str
    sample_id: str
    repeat: int
    input: str
    is_cached: bool
    error: str | None
    answered_us: int | None

    def is_of(self, created_at: float | None) -> bool:
        """Whether it was made at that time, in seconds since 1970."""
        if created_at is None or self.answered_us is None:
            return False
        return abs(created_at * 1e6 - self.answered_us) <= _NEAR_US + 0.5


class Answers:
    """Looks up single answers of an open store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_sample(self, evaluation_ids: Sequence[str], sample_id: str) -> list[Answer]:
        """The answers of these evaluations to one sample, repeat by repeat."""
        rows = self._connection.execute(
            """SELECT evaluation_id, sample_id, repeat, coalesce(input, ''), coalesce(is_cached, false),
                   error, epoch_us(created_at)
               FROM responses WHERE list_contains(?::VARCHAR[], evaluation_id) AND sample_id = ?
               ORDER BY evaluation_id, repeat""",
            [list(evaluation_ids), sample_id],
        ).fetchall()
        return [Answer(*row) for row in rows]

    def rows(self, evaluation_id: str) -> dict[str, Mapping[str, Any]]:
        """Sample id to the row of the dataset that an evaluation asked about, where it is kept."""
        return sample_rows.read(self._connection, evaluation_id)

    def media(self, sha256: str) -> Media | None:
        """What an input showed under this hash, with its bytes; None where it is not kept."""
        return media_of(self._connection, sha256)

    def sample_ids(self, evaluation_ids: Sequence[str]) -> list[str]:
        """Ids of the samples that these evaluations asked about."""
        rows = self._connection.execute(
            """SELECT DISTINCT sample_id FROM responses
               WHERE list_contains(?::VARCHAR[], evaluation_id) ORDER BY sample_id""",
            [list(evaluation_ids)],
        ).fetchall()
        return [row[0] for row in rows]

    def inputs_at(self, times: Sequence[float]) -> list[str]:
        """The rendered inputs of the answers that were made at one of these times, in seconds since 1970."""
        near = [round(each * 1e6) + step for each in times for step in range(-_NEAR_US, _NEAR_US + 1)]
        rows = self._connection.execute(
            """SELECT DISTINCT input FROM responses
               JOIN (SELECT unnest(?::BIGINT[]) AS at_us) ON at_us = epoch_us(created_at)
               WHERE input IS NOT NULL""",
            [near],
        ).fetchall()
        return [row[0] for row in rows]

    def times_of(self, evaluation_ids: Sequence[str]) -> list[int]:
        """When each answer of these evaluations was made, in microseconds since 1970; errors are none."""
        rows = self._connection.execute(
            """SELECT epoch_us(created_at) FROM responses WHERE error IS NULL AND created_at IS NOT NULL
               AND list_contains(?::VARCHAR[], evaluation_id)""",
            [list(evaluation_ids)],
        ).fetchall()
        return [row[0] for row in rows]
