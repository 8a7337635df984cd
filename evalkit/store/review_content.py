"""What reviewers read: answers with what was asked, and the media that they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from evalkit.core.frozen import frozen
from evalkit.core.message import Media
from evalkit.core.message import Message as ChatMessage
from evalkit.core.response import KINDS
from evalkit.store.connection import Connection

#: Where repeats of a sample answered, the first of them is what people read.
_FIRST = """SELECT sample_id, min(repeat), arg_min(output, repeat), arg_min(sample_hash, repeat)
    FROM responses
    WHERE evaluation_id = ? AND error IS NULL AND output IS NOT NULL AND NOT coalesce(is_recheck, false)
    GROUP BY sample_id ORDER BY min(position) NULLS LAST, sample_id"""

_CONTENT = """SELECT evaluation_id, sample_id, repeat, input, target, coalesce(is_target_json, false), output,
        contexts, tool_calls, trajectory, media
    FROM responses
    JOIN (SELECT unnest(?::VARCHAR[]) AS evaluation_id, unnest(?::VARCHAR[]) AS sample_id,
                 unnest(?::INTEGER[]) AS repeat) USING (evaluation_id, sample_id, repeat)
    WHERE NOT coalesce(is_recheck, false)"""


@frozen(slots=True)
class FirstAnswer:
    """A sample that an evaluation has an answer to: the first that is not an error.

    Attributes:
        sample_hash: ``Sample.content_hash``, None where it is unknown.
    """

    sample_id: str
    repeat: int
    output: str
    sample_hash: str | None


@frozen(slots=True)
class AnswerContent:
    """An answer as it is stored, with what was asked.

    Attributes:
        target: a text, any JSON value, or None.
        media: SHA-256 of what the input showed.
    """

    input: str
    target: Any
    output: str
    contexts: tuple[str, ...]
    tool_calls: tuple[Any, ...]
    trajectory: tuple[ChatMessage, ...]
    media: tuple[str, ...]


def answered(connection: Connection, evaluation_id: str) -> list[FirstAnswer]:
    """One answer for each sample that has one, in the order of the dataset."""
    return [FirstAnswer(*row) for row in connection.execute(_FIRST, [evaluation_id]).fetchall()]


def contents(
    connection: Connection, keys: Sequence[tuple[str, str, int]]
) -> dict[tuple[str, str, int], AnswerContent]:
    """By evaluation id, sample id and repeat; what is not there is left out."""
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], [], []]
    rows = connection.execute(_CONTENT, columns).fetchall()
    return {(row[0], row[1], row[2]): _content(row[3:]) for row in rows}


def media_of(connection: Connection, sha256: str) -> Media | None:
    """What has this hash, with its bytes."""
    row = connection.execute(
        "SELECT sha256, media_type, data, name FROM media WHERE sha256 = ?", [sha256]
    ).fetchone()
    return None if row is None else Media(*row)


def _content(row: tuple[Any, ...]) -> AnswerContent:
    text, target, is_json, output, contexts, tool_calls, trajectory, media = row
    return AnswerContent(
        text or "",
        orjson.loads(target) if is_json and target is not None else target,
        output or "",
        tuple(contexts or ()),
        tuple(_unpacked("tool_calls", tool_calls)),
        tuple(_unpacked("trajectory", trajectory)),
        tuple(media or ()),
    )


def _unpacked(name: str, text: str | None) -> Any:
    if not text:
        return ()
    value, unpack = orjson.loads(text), KINDS[name].unpack
    return value if unpack is None else unpack(value)
