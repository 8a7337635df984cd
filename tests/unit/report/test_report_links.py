"""Links to samples and to filters."""

from __future__ import annotations

from urllib.parse import unquote

from evalkit.report.links import Where, samples_link


def test_without_arguments_the_link_leads_to_all_samples() -> None:
    assert samples_link() == "#samples"


def test_a_sample_is_named_by_task_subject_and_id_whatever_stands_in_them() -> None:
    link = samples_link(task="support/intents", subject="local/small#a b", sample="x/1&q=é", repeat=2)
    assert link == "#samples?sample=support%2Fintents/local%2Fsmall%23a%20b/x%2F1%26q%3D%C3%A9/2"


def test_a_filter_tells_all_that_it_asks_for() -> None:
    link = samples_link(
        task="t",
        kinds=("loss", "error"),
        query="a+b",
        is_pattern=True,
        slices={"language": "de:ch"},
        tag="hard",
        where=[Where("latency_s", 2.5, "over")],
        sort="latency",
        is_descending=True,
    )
    assert link == (
        "#samples?task=t&kind=loss&kind=error&re=a%2Bb&where=slice.language:is:de%3Ach&where=tag:is:hard"
        "&where=latency_s:over:2.5&sort=-latency"
    )


def test_a_lone_surrogate_is_replaced_as_in_the_rows() -> None:
    assert unquote(samples_link(query="a\ud800")) == "#samples?q=a\ufffd"
