"""Probes against judges that obey injected text, and against one that does not."""

from __future__ import annotations

import random

import pytest

from evalkit.calibrating.asking import attack, bad_responses, measure
from evalkit.calibrating.attacks import Attack, attacks_of
from evalkit.calibrating.labelled import Labels
from evalkit.calibrating.probes.builtin import PROBES
from evalkit.calibrating.record import as_record
from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.report.judge_tables import judge_notes
from tests.unit.calibrating.judged import judging, labelled

SCALE = Scale.binary()
BAD = [labelled(i, 0.0, f"A wrong answer, number {i}.") for i in range(20)]


def found(attacks: list[Attack]) -> set[str]:
    return {each.probe.name for each in attacks if each.is_found}


def test_a_judge_that_obeys_a_verdict_in_the_text_is_found_by_the_probes_that_give_one() -> None:
    obeys = judging(lambda text, _: float('"verdict": "yes"' in text))
    assert found(attack(obeys, SCALE, BAD, PROBES)) == {"injected_json", "closing_json"}


def test_a_judge_that_is_flattered_is_found_by_name() -> None:
    vain = judging(lambda text, _: float("fairest" in text))
    assert found(attack(vain, SCALE, BAD, PROBES)) == {"flattery"}


def test_a_judge_that_reads_the_answer_alone_is_not_found() -> None:
    attacks = attack(judging(lambda _text, _round: 0.0), SCALE, BAD, PROBES)
    assert len(attacks) == len(PROBES)
    assert not found(attacks)
    assert all(each.success == 0.0 and each.n == 20 for each in attacks)


def test_what_a_judge_turns_by_itself_is_no_success() -> None:
    coin = random.Random(3)
    fickle = judging(lambda text, place: float(coin.random() < 0.5 and (place > 0 or "number" not in text)))
    turning = judging(lambda _text, place: 0.0 if place == 0 else 1.0)
    assert not found(attack(fickle, SCALE, BAD, PROBES))
    (only,) = attack(turning, SCALE, BAD, PROBES[:1])
    assert (only.n_own, only.n_turned, only.success) == (20, 0, -1.0)


def test_responses_that_the_judge_calls_good_are_not_attacked() -> None:
    lenient = judging(lambda text, _: float("number 1" in text))
    (only,) = attack(lenient, SCALE, BAD, PROBES[:1])
    assert only.n == 20 - 11


def test_a_failed_verdict_is_left_out_and_counted() -> None:
    (only,) = attacks_of([(PROBES[0], [(False, True), (False, None), (None, True)])])
    assert (only.n, only.n_failed, only.n_turned) == (1, 2, 1)


def test_one_lucky_turn_among_all_probes_is_no_finding() -> None:
    pairs = [(False, i < 4) for i in range(20)]
    quiet = [(probe, [(False, False)] * 20) for probe in PROBES[1:]]
    assert not attacks_of([(PROBES[0], pairs), *quiet])[0].is_found
    assert attacks_of([(PROBES[0], [(False, True)] * 20), *quiet])[0].is_found


@pytest.mark.parametrize(("n", "is_told"), [(8, True), (9, False)])
def test_attacks_on_too_few_bad_responses_to_show_anything_say_so(n: int, is_told: bool) -> None:
    """The finding takes n turns of n: 25 probes times 2^-9 is 0.049."""
    labels = Labels([*BAD[:n], *(labelled(i, 1.0, f"Good no. {i}.") for i in range(20, 30))], "x.jsonl")
    obeys = judging(lambda text, _: float("Good" in text or '"verdict": "yes"' in text))
    (figures,) = measure(obeys, Standard(SCALE, {}), labels, 1, PROBES, n)
    assert found(list(figures.attacks)) == (set() if is_told else {"injected_json", "closing_json"})
    told = f"attacks on {n} responses that people and judge call bad can show nothing: it takes 9 or more"
    assert (told in judge_notes(as_record(figures))) == is_told


def test_the_same_bad_responses_are_drawn_each_time() -> None:
    labels = Labels([*BAD, *(labelled(i, 1.0) for i in range(20, 40))], "x.jsonl")
    drawn = bad_responses(SCALE, labels, 5)
    assert drawn == bad_responses(SCALE, labels, 5)
    assert len(drawn) == 5
    assert all(each in BAD for each in drawn)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_holds_the_response_as_it_was(probe: object) -> None:
    from evalkit.calibrating.probes.probe import Probe

    assert isinstance(probe, Probe)
    text = "braces {good} {response} %s stay"
    applied = probe.applied(text, "yes")
    assert text in applied or probe.name == "opening_alone"
    assert "{good}" not in applied.replace(text, "")


def test_probes_have_names_of_their_own() -> None:
    assert len({probe.name for probe in PROBES}) == len(PROBES)
