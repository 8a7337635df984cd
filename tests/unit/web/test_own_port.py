"""A page is found again at its address after a restart."""

from __future__ import annotations

import pytest

from evalkit.errors import UsageError
from evalkit.web.hosts import listen_at_own_port


def port_of(name: str) -> int:
    with listen_at_own_port("127.0.0.1", name) as opened:
        port: int = opened.getsockname()[1]
        return port


def test_a_name_always_gets_its_port() -> None:
    assert port_of("a project of this test") == port_of("a project of this test")


def test_where_somebody_else_has_it_another_one_serves() -> None:
    name = "another project of this test"
    with listen_at_own_port("127.0.0.1", name) as first, listen_at_own_port("127.0.0.1", name) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_an_address_that_others_can_reach_stays_refused() -> None:
    with pytest.raises(UsageError, match="would serve to other machines"):
        listen_at_own_port("0.0.0.0", "a project of this test")
