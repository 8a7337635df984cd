"""The addresses that the page calls; docs/reference/review.md lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.message import Media
from evalkit.core.review import SKIP, Review, ReviewItem
from evalkit.review.board import Board
from evalkit.review.conversation import answer, asked, asked_of_both, media_of
from evalkit.review.rendering.shown import Shown, shown_messages, shown_response, shown_target, shown_text
from evalkit.review.sides import shown_left
from evalkit.review.submission import read_submission, review_id_of, said_by
from evalkit.store.review_content import AnswerContent
from evalkit.web.call import Call, Endpoint, Refusal, Reply, json_reply

#: Items that one call gives at most.
MOST_ITEMS = 50

#: What browsers show by themselves without running anything in it; the rest is offered as a file.
_SHOWN_MEDIA = frozenset({
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/svg+xml",
    "audio/mpeg", "audio/wav", "audio/x-wav", "audio/ogg", "audio/webm", "audio/flac", "audio/mp4",
})  # fmt: skip

Key = tuple[str, str, int]


@frozen(slots=True)
class Contents:
    """What can be shown.

    Attributes:
        answers: by evaluation, sample and repeat.
        find_media: reads what has a hash from the store; raises StoreError.
    """

    answers: Mapping[Key, AnswerContent]
    find_media: Callable[[str], Media | None]


class ReviewApi:
    """Answers the calls of one project."""

    def __init__(self, board: Board, contents: Contents, agreement: Callable[[Board], Any]) -> None:
        self._board = board
        self._contents = contents
        self._agreement = agreement
        #: SHA-256 of media -> the items that show it.
        self._showing: dict[str, set[str]] = {}
        for item in board.items.values():
            for sha256 in self._media_of(item):
                self._showing.setdefault(sha256, set()).add(item.item_id)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/api/session", self.session),
            Endpoint("GET", "/api/items", self.items),
            Endpoint("GET", "/api/progress", self.progress),
            Endpoint("GET", "/api/agreement", self.agreement),
            Endpoint("GET", "/media/{sha256}", self.media),
            Endpoint("POST", "/api/reviews", self.add_review),
            Endpoint("POST", "/api/undo", self.undo),
        ]

    def session(self, call: Call) -> Reply:
        """Who you are and what is asked."""
        project, asked = self._board.project, self._board.project.question
        mine = next(each for each in self._board.progress() if each.reviewer == call.visitor)
        return json_reply({
            "reviewer": call.visitor, "csrf": call.csrf, "project": project.project_id,
            "task": project.task, "kind": asked.kind, "question": asked.text,
            "rubric": None if asked.rubric is None else shown_text(asked.rubric, kind="markdown"),
            "criteria": asked.criteria or None, "scale": asked.scale, "labels": self._labels(),
            "keys": self._keys(), "n_total": mine.n_assigned, "n_done": mine.n_done,
        })  # fmt: skip

    def items(self, call: Call) -> Reply:
        """Those that are mine, in order: from the one behind ``after``, or the last before ``before``; with
        ``open=1`` only those that I said nothing of yet."""
        mine = self._board.assigned[call.visitor]
        n = _number(call.query, "n", 5, MOST_ITEMS)
        after, before = call.query.get("after"), call.query.get("before")
        start = _place(mine, after) + 1 if after else 0
        end = _place(mine, before) if before else len(mine)
        found = list(mine[start:end])
        if call.query.get("open") == "1":
            found = [each for each in found if self._board.review(call.visitor, each) is None]
        chosen = found[-n:] if before and not after else found[:n]
        return json_reply({"items": [self._item(call.visitor, each, mine) for each in chosen]})

    def add_review(self, call: Call) -> Reply:
        review, is_new = self._board.accept(call.visitor, read_submission(call.body))
        return json_reply({"review": _mine(review)}, 201 if is_new else 200)

    def undo(self, call: Call) -> Reply:
        unknown = sorted(set(call.body) - {"review_id"})
        if unknown:
            raise Refusal(422, f"{unknown[0][:80]!r} is not a field here", "send review_id alone")
        return json_reply({"review": _mine(self._board.undo(call.visitor, review_id_of(call.body)))})

    def progress(self, call: Call) -> Reply:
        """How far everybody is."""
        return json_reply({"reviewers": [asdict(each) for each in self._board.progress()]})

    def agreement(self, call: Call) -> Reply:
        """How far reviewers say the same of what several of them reviewed."""
        return json_reply(self._agreement(self._board))

    def media(self, call: Call) -> Reply:
        """What one of my items shows; nothing else that the store has."""
        sha256 = call.path["sha256"]
        if self._showing.get(sha256, set()).isdisjoint(self._board.assigned[call.visitor]):
            raise Refusal(404, "none of your items shows this")
        found = self._contents.find_media(sha256)
        if found is None:
            raise Refusal(404, "the store does not have it")
        is_shown = found.media_type in _SHOWN_MEDIA
        headers = {
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": "inline" if is_shown else "attachment",
        }
        return Reply(200, found.data, found.media_type if is_shown else "application/octet-stream", headers)

    def _item(self, reviewer: str, item_id: str, mine: Sequence[str]) -> dict[str, Any]:
        item = self._board.items[item_id]
        content, *opponents = (self._contents.answers[key] for key in keys_of(item))
        question = asked_of_both(content, opponents[0]) if opponents else asked(content)
        review = self._board.review(reviewer, item_id)
        return {
            "item_id": item_id, "kind": self._board.project.question.kind, "sample_id": item.sample_id,
            "position": mine.index(item_id) + 1, "input": shown_messages(question),
            "target": shown_target(content.target), "sides": self._sides(item, reviewer),
            "mine": None if review is None else _mine(review),
        }  # fmt: skip

    def _sides(self, item: ReviewItem, reviewer: str) -> list[dict[str, Any]]:
        shown = [self._answer(key) for key in keys_of(item)]
        if shown_left(self._board.project.seed, item, reviewer) == "opponent":
            shown.reverse()
        names = ("answer",) if len(shown) == 1 else ("left", "right")
        return [{"key": key, "shown": each} for key, each in zip(names, shown, strict=True)]

    def _answer(self, key: Key) -> Shown:
        return shown_response(answer(self._contents.answers[key]))

    def _media_of(self, item: ReviewItem) -> Iterator[str]:
        for key in keys_of(item):
            yield from media_of(self._contents.answers[key])

    def _labels(self) -> list[str]:
        asked = self._board.project.question
        if asked.kind == "pass_fail":
            return ["pass", "fail", SKIP]
        if asked.kind == "pairwise":
            return ["left", "right", "tie", SKIP]
        low, high = asked.scale or (1, 5)
        return [*map(str, range(low, high + 1)), SKIP]

    def _keys(self) -> dict[str, str]:
        """Key to label."""
        kind = self._board.project.question.kind
        named = {
            "pass_fail": {"p": "pass", "f": "fail"},
            "pairwise": {"1": "left", "2": "right", "3": "tie"},
        }
        numbers = {label: label for label in self._labels() if len(label) == 1}
        return {**named.get(kind, numbers), "s": SKIP}


def keys_of(item: ReviewItem) -> list[Key]:
    """The answer, and behind it its opponent where there is one."""
    keys = [(item.evaluation_id, item.sample_id, item.repeat)]
    if item.opponent_evaluation_id is not None and item.opponent_repeat is not None:
        keys.append((item.opponent_evaluation_id, item.sample_id, item.opponent_repeat))
    return keys


def _mine(review: Review) -> dict[str, Any]:
    return {
        "review_id": review.review_id, "item_id": review.item.item_id,
        "label": said_by(review.label, review.shown_left), "values": review.values,
        "comment": review.comment, "is_undone": review.is_undone,
    }  # fmt: skip


def _place(mine: Sequence[str], item_id: str) -> int:
    if item_id not in mine:
        raise Refusal(404, "you have no item of this id")
    return mine.index(item_id)


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        raise Refusal(422, f"{name} is not a number from 1 to {most}")
    return int(text)
