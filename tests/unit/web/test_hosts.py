"""Which machines a page is for."""

from __future__ import annotations

import socket

import pytest

from evalkit.errors import UsageError
from evalkit.web.hosts import host_name, listen, names_of, url_of


def test_a_free_port_is_taken_on_this_machine() -> None:
    with listen("127.0.0.1", 0) as opened:
        port = opened.getsockname()[1]
        assert url_of(opened, "127.0.0.1") == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_address_that_others_reach_takes_a_flag(host: str) -> None:
    with pytest.raises(UsageError, match="unencrypted") as caught:
        listen(host, 0)
    assert caught.value.hint is not None
    assert "--allow-network" in caught.value.hint


def test_with_the_flag_it_is_served_everywhere_by_the_names_of_the_machine() -> None:
    with listen("0.0.0.0", 0, is_network_allowed=True) as opened:
        assert url_of(opened, "0.0.0.0").startswith(f"http://{socket.gethostname()}:")
    assert socket.gethostname().lower() in names_of("0.0.0.0")
    assert "0.0.0.0" not in names_of("127.0.0.1")


def test_a_port_that_is_taken_is_one_clear_error() -> None:
    with listen("127.0.0.1", 0) as opened, pytest.raises(UsageError, match="cannot be had"):
        listen("127.0.0.1", opened.getsockname()[1])


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("127.0.0.1", -1), ("no such host", 0)])
def test_what_is_no_address_is_one_clear_error(host: str, port: int) -> None:
    with pytest.raises(UsageError):
        listen(host, port)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("127.0.0.1:80", "127.0.0.1"),
        ("LOCALHOST", "localhost"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header_stands_without_its_port(header: str, name: str) -> None:
    assert host_name(header) == name
