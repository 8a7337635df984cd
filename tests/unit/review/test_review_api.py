"""What a reviewer's browser is told, and what it can say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.message import Media, MediaPart, Message, Part, TextPart
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.review.question import question_of
from evalkit.store.reviews import labels_of, reviews_of
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.review.desks import Served, add_answers, begin, numbered, served
from tests.unit.store.records import write_run

OTHER = SubjectRecord("subject-2", "local/secret-rival", None, {}, "default", "abc")
CRITERIA = "question: How was it?\ncriteria:\n  tone: is it kind?\n  facts: is it true?\nscale: 1-3\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one task: five answers that differ, and one that is the same text."""
    path = tmp_path_factory.mktemp("reviewed") / "results.duckdb"
    add_answers(path, "run-a", {**numbered(5, "ours"), "same": Response("same", "same")})
    add_answers(path, "run-b", {**numbered(5, "theirs"), "same": Response("same", "same")}, subject=OTHER)
    return path


@pytest.fixture(scope="module")
def plain(path: Path) -> Iterator[Served]:
    with served(path, begin(path)) as found:
        yield found


@pytest.fixture(scope="module")
def pairs(path: Path) -> Iterator[Served]:
    with served(path, begin(path, question_of("pairwise"), "run-b-1")) as found:
        yield found


@pytest.fixture(scope="module")
def rubric(path: Path) -> Iterator[Served]:
    file = path.with_name("rubric.yaml")
    file.write_text(CRITERIA, encoding="utf-8")
    with served(path, begin(path, question_of("rubric", str(file)))) as found:
        yield found


def texts(shown: Any) -> list[str]:
    return [part["text"] for message in shown["messages"] for part in message["parts"]]


def test_an_item_shows_what_was_asked_what_was_expected_and_what_was_answered(plain: Served) -> None:
    item = next(each for each in plain.reviewer("anna").items() if each["sample_id"] == "s1")
    assert texts(item["input"]) == ["question of s1"]
    assert texts(item["target"]) == ["expected"]
    assert [(side["key"], texts(side["shown"])) for side in item["sides"]] == [("answer", ["ours 1"])]


def test_items_are_read_page_by_page_in_both_directions(plain: Served) -> None:
    anna = plain.reviewer("anna")
    ids = [each["item_id"] for each in anna.items()]
    assert [each["item_id"] for each in anna.items(f"n=2&after={ids[1]}")] == ids[2:4]
    assert [each["item_id"] for each in anna.items(f"n=2&before={ids[3]}")] == ids[1:3]
    assert [each["position"] for each in anna.items()] == [1, 2, 3, 4, 5, 6]


def test_a_review_is_shown_again_as_it_was_given(plain: Served) -> None:
    anna = plain.reviewer("anna")
    item = anna.items("n=1&open=1")[0]["item_id"]
    assert anna.say(item, "fail", comment="too short", seconds=2.5).status == 201
    (mine,) = [each["mine"] for each in anna.items() if each["item_id"] == item]
    assert (mine["label"], mine["comment"]) == ("fail", "too short")
    assert item not in [each["item_id"] for each in anna.items("open=1")]


def test_the_same_review_sent_again_is_one_review(plain: Served) -> None:
    anna = plain.reviewer("anna")
    review = {"review_id": str(uuid.uuid4()), "item_id": anna.items()[-1]["item_id"], "label": "pass"}
    assert [anna.post("/api/reviews", review).status for _ in range(3)] == [201, 200, 200]
    with Store.open(plain.desk.path) as store:
        found = [each.review_id for each in reviews_of(store.connection, ["run-a-1"])]
    assert found.count(review["review_id"]) == 1


def test_who_says_something_else_of_the_same_item_replaces_what_they_said(plain: Served) -> None:
    ben = plain.reviewer("ben")
    item = ben.items()[0]
    ben.say(item["item_id"], "pass")
    ben.say(item["item_id"], "fail")
    with Store.open(plain.desk.path) as store:
        its = [each for each in labels_of(store.connection, "run-a-1") if each.sample_id == item["sample_id"]]
        kept = reviews_of(store.connection, ["run-a-1"])
    assert [each.label for each in its if each.reviewer == "ben"] == ["fail"]
    given = [each for each in kept if (each.reviewer, each.item.item_id) == ("ben", item["item_id"])]
    assert [(each.label, each.is_undone) for each in given] == [("pass", True), ("fail", False)]


def test_what_is_undone_is_open_again(plain: Served) -> None:
    ben = plain.reviewer("ben")
    item = ben.items("open=1")[0]["item_id"]
    review_id = ben.say(item, "pass").json["review"]["review_id"]
    for _ in range(2):
        undone = ben.post("/api/undo", {"review_id": review_id})
        assert (undone.status, undone.json["review"]["is_undone"]) == (200, True)
    assert item in [each["item_id"] for each in ben.items("open=1")]


def test_progress_counts_what_each_reviewer_has_done(path: Path) -> None:
    with served(path, begin(path, question_of("pass_fail", "another question"))) as found:
        anna = found.reviewer("anna")
        first, second, *_ = anna.items()
        anna.say(first["item_id"], "pass")
        anna.say(second["item_id"], "skip")
        assert anna.get("/api/progress").json["reviewers"] == [
            {"reviewer": "anna", "n_assigned": 6, "n_done": 2, "n_skipped": 1},
            {"reviewer": "ben", "n_assigned": 6, "n_done": 0, "n_skipped": 0},
        ]


def test_a_pair_is_blind_and_its_sides_stand_in_another_order_for_each_reviewer(pairs: Served) -> None:
    lefts = {}
    for name in ("anna", "ben"):
        reviewer = pairs.reviewer(name)
        assert b"secret-rival" not in reviewer.get("/api/items?n=50").body
        lefts[name] = [texts(each["sides"][0]["shown"])[0].split()[0] for each in reviewer.items()]
    assert {*lefts["anna"]} == {*lefts["ben"]} == {"ours", "theirs"}
    assert lefts["anna"] != lefts["ben"]


def test_pairs_of_equal_answers_are_asked_of_nobody(pairs: Served) -> None:
    assert {each["sample_id"] for each in pairs.reviewer("anna").items()} == {f"s{i}" for i in range(5)}


def test_the_side_that_was_chosen_is_the_answer_that_is_better(pairs: Served) -> None:
    anna = pairs.reviewer("anna")
    wanted = {}
    for item in anna.items():
        key = next(side["key"] for side in item["sides"] if texts(side["shown"])[0].startswith("theirs"))
        assert anna.say(item["item_id"], key).json["review"]["label"] == key
        wanted[item["sample_id"]] = ("worse", 0.0)
    with Store.open(pairs.desk.path) as store:
        found = [each for each in labels_of(store.connection, "run-a-1") if each.kind == "pairwise"]
    assert {each.sample_id: (each.label, each.value) for each in found} == wanted


def test_a_rubric_takes_a_number_for_each_criterion_and_keeps_their_mean(rubric: Served) -> None:
    anna = rubric.reviewer("anna")
    session = anna.get("/api/session").json
    assert (session["question"], session["scale"]) == ("How was it?", [1, 3])
    item = anna.items()[0]["item_id"]
    said = anna.say(item, None, values={"tone": 3, "facts": 2})
    assert said.json["review"]["label"] == "2.5"
    refused = anna.say(item, None, values={"tone": 3})
    assert (refused.status, refused.json["error"]) == (422, "values lack facts")
    assert anna.say(item, None, values={"tone": 3, "facts": 4}).status == 422


def test_what_a_conversation_shows_is_served_to_whom_it_is_shown_alone(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    image, script = Media.of(b"\x89PNG picture", "image/png"), Media.of(b"<script>", "text/html")
    hidden = Media.of(b"not shown", "image/png")
    parts: list[Part] = [TextPart("look:"), MediaPart("image", image), MediaPart("file", script)]
    steps = (Message.of_parts("user", parts), Message("assistant", "a cat"))
    add_answers(path, "run-a", {"s0": Response("a cat", "s0", trajectory=steps)})
    spool = Spool.create(path, "others")
    spool.add_media([hidden])
    spool.close()
    with served(path, begin(path), ["anna"]) as found:
        anna = found.reviewer("anna")
        shown = [part for m in anna.items()[0]["sides"][0]["shown"]["messages"] for part in m["parts"]]
        assert [part["type"] for part in shown] == ["text", "image", "file", "text"]
        picture = anna.get(shown[1]["url"])
        assert (picture.status, picture.body) == (200, image.data)
        assert picture.headers["content-type"] == "image/png"
        file = anna.get(shown[2]["url"])
        assert file.headers["content-type"] == "application/octet-stream"
        assert file.headers["content-disposition"] == "attachment"
        assert "sandbox" in file.headers["content-security-policy"]
        assert anna.get(f"/media/{hidden.sha256}").status == 404


def test_a_command_that_is_started_again_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    add_answers(path, "run-a", numbered(8))
    first = begin(path, n=4)
    with served(path, first, ["anna"]) as found:
        anna = found.reviewer("anna")
        before = anna.items()
        anna.say(before[0]["item_id"], "pass")
    write_run(path, "run-z")
    again = begin(path, n=4)
    assert again.items == first.items
    with served(path, again, ["anna", "ben"], overlap=1) as found:
        anna, ben = found.reviewer("anna"), found.reviewer("ben")
        assert anna.items()[0]["mine"]["label"] == "pass"
        everyone = [*anna.items(), *ben.items()]
    assert sorted(each["item_id"] for each in everyone) == sorted(each["item_id"] for each in before)


def test_a_key_in_an_answer_or_a_comment_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.duckdb"
    key = "Zk3vQ9xLw7TnB2yR8mHd"
    add_answers(path, "run-a", {"s0": Response(f"it is {key}", "s0")})
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with served(path, begin(path), ["anna"]) as found:
        anna = found.reviewer("anna")
        assert key.encode() not in anna.get("/api/items").body
        said = anna.say(anna.items()[0]["item_id"], "fail", comment=f"it shows {key}")
        assert said.json["review"]["comment"] == "it shows …"
