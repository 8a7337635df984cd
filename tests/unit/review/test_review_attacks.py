"""Whatever is sent to the page: one clear JSON error, and nothing that changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.review.desks import Reviewer, Served, add_answers, begin, numbered, served
from tests.unit.web.calling import Headers, Received, call

JSON = ("content-type", "application/json")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("attacked") / "results.duckdb"
    add_answers(path, "run-a", numbered(6))
    with served(path, begin(path), overlap=1) as found:
        yield found
        assert all(each.n_done == 0 for each in found.desk.board.progress())


@pytest.fixture(scope="module")
def anna(desk: Served) -> Reviewer:
    return desk.reviewer("anna")


def is_refusal(reply: Received, *statuses: int) -> bool:
    """One sentence as JSON that names no file of ours."""
    error = reply.json["error"]
    is_told = isinstance(error, str) and bool(error) and "\n" not in error
    return reply.status in statuses and is_told and b"Traceback" not in reply.body


def good(anna: Reviewer, **changes: Any) -> dict[str, Any]:
    item = anna.items()[0]["item_id"]
    return {"review_id": str(uuid.uuid4()), "item_id": item, "label": "pass", **changes}


def posted(anna: Reviewer, headers: Headers, body: bytes, host: str | None = "127.0.0.1:80") -> Received:
    return call(anna.application, "POST", "/api/reviews", [*headers, ("cookie", anna.cookie)], body, host)


@pytest.mark.parametrize("address", ["/api/session", "/api/items", "/api/progress", "/api/agreement"])
@pytest.mark.parametrize("cookie", [None, "evalkit_review_80=", "evalkit_review_80=guessed", "x=y; ;;=="])
def test_nothing_is_told_without_a_login(desk: Served, address: str, cookie: str | None) -> None:
    headers = [] if cookie is None else [("cookie", cookie)]
    assert is_refusal(call(desk.application, "GET", address, headers), 401)


@pytest.mark.parametrize("token", ["", "x", "%00", "é", "a" * 10_000])
def test_a_wrong_token_gives_no_cookie(desk: Served, token: str) -> None:
    reply = call(desk.application, "GET", f"/?token={token}".encode().decode("latin-1"))
    assert is_refusal(reply, 403)
    assert "set-cookie" not in reply.headers


def test_a_right_token_leaves_the_address_and_gives_a_cookie_that_no_script_reads(desk: Served) -> None:
    reply = call(desk.application, "GET", f"/?token={desk.tokens['anna']}")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert desk.tokens["anna"].lower() not in cookie


@pytest.mark.parametrize("token", [[], [("x-csrf-token", "")], [("x-csrf-token", "guéssed")]])
def test_a_change_without_the_token_of_the_session_is_refused(anna: Reviewer, token: Headers) -> None:
    assert is_refusal(posted(anna, [JSON, *token], orjson.dumps(good(anna))), 403)


@pytest.mark.parametrize(
    "header",
    [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")],
)
def test_a_change_from_another_page_is_refused_whatever_it_carries(
    anna: Reviewer, header: tuple[str, str]
) -> None:
    headers = [JSON, ("x-csrf-token", anna.csrf), header]
    assert is_refusal(posted(anna, headers, orjson.dumps(good(anna))), 403)


@pytest.mark.parametrize("host", [None, "", "evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_another_name_that_leads_here_is_refused(desk: Served, host: str | None) -> None:
    for address in ("/", "/api/session", f"/?token={desk.tokens['anna']}"):
        assert is_refusal(call(desk.application, "GET", address, host=host), 421)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([], b"{}", 415),
        ([("content-type", "text/plain")], b"{}", 415),
        ([JSON], b"", 400),
        ([JSON], b"{", 400),
        ([JSON], b"[1]", 400),
        ([JSON], b"\xff\xfe", 400),
        ([JSON], b"[" * 60_000, 400),
        ([JSON], b'{"a":NaN}', 400),
        ([JSON], b"x" * 70_000, 413),
        ([JSON, ("content-length", "99999999999999999999999")], b"{}", 413),
        ([JSON, ("content-length", "-1")], b"{}", 413),
    ],
)
def test_a_body_that_is_no_review_is_refused(
    anna: Reviewer, headers: Headers, body: bytes, status: int
) -> None:
    assert is_refusal(posted(anna, [*headers, ("x-csrf-token", anna.csrf)], body), status)


@pytest.mark.parametrize(
    "changes",
    [
        {"label": "maybe"}, {"label": None}, {"label": 1}, {"label": ""}, {"review_id": "x"},
        {"review_id": None}, {"review_id": "../../etc/passwd"}, {"review_id": 7}, {"item_id": None},
        {"values": {"a": 1}}, {"values": []}, {"values": {"a": True}}, {"comment": 1},
        {"comment": "x" * 10_001}, {"seconds": -1}, {"seconds": "1"}, {"seconds": 1e300}, {"seconds": True},
        {"reviewer": "ben"}, {"is_undone": False},
    ],
)  # fmt: skip
def test_a_field_that_says_nothing_is_refused_and_named(anna: Reviewer, changes: dict[str, Any]) -> None:
    reply = anna.post("/api/reviews", good(anna, **changes))
    assert is_refusal(reply, 422)
    assert next(iter(changes)) in reply.json["error"]


def test_an_item_that_is_not_there_or_not_mine_is_refused(desk: Served, anna: Reviewer) -> None:
    other = next(each["item_id"] for each in desk.reviewer("ben").items())
    assert is_refusal(anna.say("unknown", "pass"), 404)
    assert is_refusal(anna.say(other, "pass"), 403)
    assert is_refusal(anna.get(f"/api/items?after={other}"), 404)


def test_only_who_gave_a_review_can_take_it_back_or_replace_it(tmp_path: Path) -> None:
    add_answers(tmp_path / "results.duckdb", "run-a", numbered(2))
    with served(tmp_path / "results.duckdb", begin(tmp_path / "results.duckdb")) as found:
        anna, ben = found.reviewer("anna"), found.reviewer("ben")
        first, second = (each["item_id"] for each in anna.items())
        review_id = anna.say(first, "pass").json["review"]["review_id"]
        assert is_refusal(ben.post("/api/undo", {"review_id": review_id}), 404)
        assert ben.post("/api/reviews", good(ben, review_id=review_id, label="fail")).status == 201
        assert is_refusal(anna.post("/api/reviews", good(anna, review_id=review_id, item_id=second)), 409)
        assert (anna.items()[0]["mine"]["label"], ben.items()[0]["mine"]["label"]) == ("pass", "fail")


@pytest.mark.parametrize("query", ["n=0", "n=51", "n=-1", "n=x", "n=1e9", "n=٣", "after=x", "before=../"])
def test_a_page_of_items_that_cannot_be_is_refused(anna: Reviewer, query: str) -> None:
    address = f"/api/items?{query}".encode().decode("latin-1")
    assert is_refusal(anna.get(address), 404, 422)


@pytest.mark.parametrize(
    "address",
    [
        "/api", "/api/nothing", "/media/", "/media/../index.html", "/media/x", "/../pyproject.toml",
        "/%2e%2e/%2e%2e/etc/passwd", "/pages/../__init__.py", "/__init__.py", "//etc/passwd", "/\x00",
    ],
)  # fmt: skip
def test_an_address_that_is_not_there_is_refused(anna: Reviewer, address: str) -> None:
    assert is_refusal(anna.get(address), 404)


@pytest.mark.parametrize(
    ("method", "address"), [("GET", "/api/reviews"), ("DELETE", "/api/session"), ("PUT", "/")]
)
def test_a_method_that_an_address_does_not_take_is_refused(anna: Reviewer, method: str, address: str) -> None:
    assert is_refusal(call(anna.application, method, address, [("cookie", anna.cookie)]), 405)


def test_every_answer_carries_what_keeps_others_out(desk: Served, anna: Reviewer) -> None:
    for reply in (anna.get("/"), anna.get("/api/session"), call(desk.application, "GET", "/x", host="evil")):
        assert reply.headers["content-security-policy"].startswith("default-src 'self'")
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"


value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
field = st.sampled_from(["review_id", "item_id", "label", "values", "comment", "seconds", "more"])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["/api/reviews", "/api/undo"]), st.dictionaries(field, value, max_size=6), st.booleans()
)
def test_any_object_is_answered_with_one_clear_error(
    desk: Served, anna: Reviewer, address: str, fields: dict[str, Any], is_mine: bool
) -> None:
    item = desk.desk.board.assigned["anna"][0]
    body = {**({"review_id": "12345678", "item_id": item} if is_mine else {}), **fields, "label": "neither"}
    try:
        orjson.dumps(body)
    except TypeError:  # no browser sends it either: JSON has no such number
        return
    assert is_refusal(anna.post(address, body), 404, 403, 422)
