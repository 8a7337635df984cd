"""Limits are read from the headers of vendors, gateways and the draft of the IETF."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.models.pacing.quota import Quota, quotas, seconds

#: As a reader of OpenAI's forum showed them; 1 of 5,000 requests a minute is back after 12 ms.
OPENAI = {
    "x-ratelimit-limit-requests": "5000",
    "x-ratelimit-limit-tokens": "160000",
    "x-ratelimit-remaining-requests": "4999",
    "x-ratelimit-remaining-tokens": "159976",
    "x-ratelimit-reset-requests": "12ms",
    "x-ratelimit-reset-tokens": "9ms",
}


def test_openais_are_by_the_minute() -> None:
    requests, tokens = quotas(OPENAI)
    assert requests == Quota("requests", 5000, 4999, 0.012, 60)
    assert (tokens.unit, tokens.limit, tokens.remaining, tokens.window_s) == ("tokens", 160_000, 159_976, 60)
    assert tokens.reset_s == pytest.approx(0.009)


def test_anthropics_count_tokens_apart_and_name_a_time_of_day() -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2025-08-21T12:40:59Z",
        "anthropic-ratelimit-input-tokens-limit": "80000",
        "anthropic-ratelimit-input-tokens-remaining": "79000",
        "anthropic-ratelimit-input-tokens-reset": soon,
    }
    requests, tokens = quotas(headers)
    assert requests == Quota("requests", 50, 49, 0.0, 60, is_bucket=True)
    assert (tokens.unit, tokens.remaining) == ("input_tokens", 79_000)
    assert tokens.reset_s == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    "headers, quota",
    [
        # A gateway that says nothing of the window.
        (
            {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "99", "x-ratelimit-reset": "7"},
            Quota("requests", 100, 99, 7),
        ),
        # Older drafts, and two windows of which the first is told.
        (
            {
                "ratelimit-limit": "10, 10;w=1, 50;w=60",
                "ratelimit-remaining": "9",
                "ratelimit-reset": "1",
            },
            Quota("requests", 10, 9, 1, 1),
        ),
        (
            {
                "x-ratelimit-limit": "1, 15000",
                "x-ratelimit-policy": "1;w=1, 15000;w=2592000",
                "x-ratelimit-remaining": "1, 1000",
                "x-ratelimit-reset": "1, 1419704",
            },
            Quota("requests", 1, 1, 1, 1),
        ),
        ({"ratelimit-limit": "100", "ratelimit-policy": "100;w=900"}, Quota("requests", 100, window_s=900)),
    ],
)
def test_gateways_tell_three_numbers(headers: dict[str, str], quota: Quota) -> None:
    assert quotas(headers) == [quota]


def test_the_draft_names_policies_and_their_state() -> None:
    headers = {
        "ratelimit-policy": '"burst";q=10;w=1,"hour";q=1000;w=3600,"bytes";q=9;qu="content-bytes"',
        "ratelimit": '"hour";r=990;t=120',
    }
    assert quotas(headers) == [
        Quota("requests", 10, window_s=1),
        Quota("requests", 1000, 990, 120, 3600),
    ]


@pytest.mark.parametrize(
    "text, expected",
    [("6m0s", 360.0), ("1h2m3.5s", 3723.5), ("12ms", 0.012), ("0.5", 0.5), ("2d", 172_800.0), ("soon", None)],
)
def test_durations_are_read_as_servers_write_them(text: str, expected: float | None) -> None:
    assert seconds(text) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("factor", [1, 1000])
def test_a_time_since_the_epoch_is_a_time_of_day(factor: int) -> None:
    assert seconds(str(round((time.time() + 40) * factor))) == pytest.approx(40, abs=2)


@given(
    st.dictionaries(
        st.sampled_from([*OPENAI, "ratelimit-limit", "ratelimit-policy", "ratelimit"]),
        st.text(alphabet='19.,;="=qwrtmsd-eNnaif:TZ ', max_size=20),
    )
)
def test_headers_that_say_nothing_break_nothing(headers: dict[str, str]) -> None:
    for quota in quotas(headers):
        assert quota.limit > 0
