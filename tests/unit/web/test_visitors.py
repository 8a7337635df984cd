"""Tokens, tickets and sessions."""

from __future__ import annotations

from evalkit.web import visitors
from evalkit.web.visitors import Visitors


def test_a_token_logs_in_its_own_visitor_and_no_other() -> None:
    known = Visitors(["anna", "ben"])
    tokens = known.take_tokens()
    sessions = {name: known.session(known.login(token) or "") for name, token in tokens.items()}
    assert {name: session and session.visitor for name, session in sessions.items()} == {
        "anna": "anna", "ben": "ben",
    }  # fmt: skip
    assert known.login(tokens["anna"][:-1]) is None
    assert known.login("") is None


def test_tokens_are_told_once() -> None:
    known = Visitors(["anna"])
    assert known.take_tokens()
    assert known.take_tokens() == {}


def test_a_ticket_works_once() -> None:
    known = Visitors(["anna"])
    ticket = known.ticket("anna")
    assert known.login(ticket)
    assert known.login(ticket) is None


def test_each_login_has_a_cookie_and_a_token_for_changes_of_its_own() -> None:
    known = Visitors(["anna"])
    token = known.take_tokens()["anna"]
    first, second = known.login(token) or "", known.login(token) or ""
    assert first != second
    one, two = known.session(first), known.session(second)
    assert one is not None
    assert two is not None
    assert one.csrf != two.csrf


def test_the_oldest_session_of_a_visitor_is_forgotten() -> None:
    known = Visitors(["anna", "ben"])
    tokens = known.take_tokens()
    bens = known.login(tokens["ben"]) or ""
    cookies = [known.login(tokens["anna"]) or "" for _ in range(visitors._MOST_SESSIONS + 1)]
    assert known.session(cookies[0]) is None
    assert known.session(cookies[1]) is not None
    assert known.session(bens) is not None
