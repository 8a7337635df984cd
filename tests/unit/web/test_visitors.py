"""Tokens, tickets and sessions, and the secret that they outlive a server by."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit.web.secret import kept_secret
from evalkit.web.visitors import Visitors

POSIX = pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX's")


def test_a_token_logs_in_its_own_visitor_and_no_other() -> None:
    known = Visitors(["anna", "ben"])
    tokens = known.tokens()
    sessions = {name: known.session(known.login(token) or "") for name, token in tokens.items()}
    assert {name: session and session.visitor for name, session in sessions.items()} == {
        "anna": "anna", "ben": "ben",
    }  # fmt: skip
    assert known.login(tokens["anna"][:-1]) is None
    assert known.login("") is None


def test_a_token_is_no_cookie_and_a_cookie_no_token() -> None:
    known = Visitors(["anna"])
    token = known.tokens()["anna"]
    cookie = known.login(token) or ""
    number, _, rest = cookie.partition(".")
    assert known.login(cookie) is None
    for forged in (token, f"{number}.{token}", f"x{cookie}", f"{number}x.{rest}", rest, "", "."):
        assert known.session(forged) is None


def test_a_ticket_works_once() -> None:
    known = Visitors(["anna"])
    ticket = known.ticket("anna")
    assert known.login(ticket)
    assert known.login(ticket) is None


def test_each_login_has_a_cookie_and_a_token_for_changes_of_its_own() -> None:
    known = Visitors(["anna"])
    token = known.tokens()["anna"]
    first, second = known.login(token) or "", known.login(token) or ""
    assert first != second
    one, two = known.session(first), known.session(second)
    assert one is not None
    assert two is not None
    assert one.csrf != two.csrf


def test_links_and_browsers_outlive_a_server_with_its_secret_and_no_other_one() -> None:
    before = Visitors(["anna", "ben"], b"secret")
    cookie = before.login(before.tokens()["anna"]) or ""
    again = Visitors(["anna"], b"secret")
    assert again.tokens()["anna"] == before.tokens()["anna"]
    assert again.session(cookie) == before.session(cookie)
    assert again.login(before.tokens()["ben"]) is None  # nobody of that name reviews any more
    other = Visitors(["anna"])
    assert other.login(before.tokens()["anna"]) is None
    assert other.session(cookie) is None


def test_a_kept_secret_is_the_same_for_one_use_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = kept_secret(path, "one")
    assert first is not None
    assert len(first) == 32
    assert kept_secret(path, "one") == first != kept_secret(path, "two")
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


@POSIX
def test_a_kept_secret_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = kept_secret(path, "one")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert kept_secret(path, "one") != first  # who read it has nothing of it
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_was_cut_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    assert kept_secret(path, "one") == kept_secret(path, "one") is not None
