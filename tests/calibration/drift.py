"""How often ``evalkit drift`` raises an alarm, and how soon: nights made of real answers, and simulated ones.

Each night a model answers 500 questions; most answers are those of one recorded version, a few those of the
next, drawn anew each night. From a known night on there are so many more of the latter that accuracy falls by
three points. Versions: GPT-4 of March and June 2023 on LLMDrift's prime numbers. The simulated nights, on
which nothing moves, are those of ``drift_rows``. Needs the shared data.

    python -m tests.calibration.drift [--histories N] [--every NIGHTS] [--only WORDS] [--seed N]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import pytest

from evalkit.stats.changepoint import HORIZON, MIN_RUNS, find_changes
from evalkit.stats.intervals import wilson_interval
from tests.calibration.drift_rows import ROWS, Row
from tests.calibration.lines import Computed, Line, rate
from tests.data import recorded
from tests.shared_data import shared_data

Floats = npt.NDArray[np.float64]

N_SAMPLES, STEP, NOISE = 500, 0.03, 0.05
#: Nights that are all looked at: most false alarms of nights that are alike come early.
DENSE = 60
#: Nights from one look to the next after those, where hundreds of rows are to be done in an hour.
EVERY = 5
#: Alarms that are bearable where nothing moves.
MOST = 0.06
#: Nights before the step, and how many after it the alarm has to come within.
BEFORE, SOON = 200, 5


@cache
def versions() -> tuple[Floats, Floats]:
    """(1000,) right or wrong of either version."""
    samples, outputs = recorded.primes(shared_data())
    answers = {row["id"]: row["answer"] for row in samples["primes"]}
    sides = []
    for model in ("gpt-4-0314", "gpt-4-0613"):
        words = {row["sample_id"]: row["output"].lower() for row in outputs[model]}
        sides.append(np.array([float(_last_word(words[each]) == answers[each]) for each in sorted(answers)]))
    return sides[0], sides[1]


def _last_word(output: str) -> str:
    return "yes" if output.rfind("yes") > output.rfind("no") else "no"


def nights(rng: np.random.Generator, shares: Floats) -> Floats:
    """(n,) accuracy of each night, ``shares`` (n,) of whose answers are of the later version."""
    earlier, later = versions()
    chosen = rng.choice(len(earlier), N_SAMPLES, replace=False)
    is_later = rng.random((len(shares), N_SAMPLES)) < shares[:, np.newaxis]
    found: Floats = np.where(is_later, later[chosen], earlier[chosen]).mean(axis=1)
    return found


def first_alarm(values: Floats, counts: Floats, start: int = MIN_RUNS, every: int = 1) -> int | None:
    """The night after which a change is seen for the first time, looked at after each of the first sixty and
    ``every`` so many from then on."""
    for night in (*range(start, DENSE), *range(max(start, DENSE), len(values) + 1, every)):
        if find_changes(values[:night], counts=counts[:night], floor=0.5 / counts[:night]):
            return int(night)
    return None


def alarms(row: Row, n_histories: int, seed: int = 0, every: int = 1) -> int:
    """Simulated histories of the whole horizon in which any night raised an alarm."""
    counts = row.counts(HORIZON)
    seeds = ([each, seed] for each in range(n_histories))
    drawn = (row.values(np.random.default_rng(each), counts) for each in seeds)
    return sum(first_alarm(values, counts, every=every) is not None for values in drawn)


def false_alarms(n_histories: int, seed: int = 0, every: int = 1) -> int:
    """Histories of the whole horizon without a step in which any night raised an alarm."""
    rng = np.random.default_rng(seed)
    still, equal = np.full(HORIZON, NOISE), np.full(HORIZON, float(N_SAMPLES))
    drawn = (nights(rng, still) for _ in range(n_histories))
    return sum(first_alarm(values, equal, every=every) is not None for values in drawn)


def delays(n_histories: int, seed: int = 1) -> Iterator[int | None]:
    """Nights from the step to the alarm, None where it did not come within ten."""
    earlier, later = versions()
    more = STEP / (earlier.mean() - later.mean())
    rng = np.random.default_rng(seed)
    shares = np.where(np.arange(BEFORE + 10) < BEFORE, NOISE, NOISE + more)
    equal = np.full(len(shares), float(N_SAMPLES))
    for _ in range(n_histories):
        alarm = first_alarm(nights(rng, shares), equal, BEFORE + 1)
        yield None if alarm is None else alarm - BEFORE


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, of a fiftieth as many histories: each of them is looked at some hundred times. Those of real
    answers only where the shared data is."""
    n = max(1, n_sessions // 50)
    for row in ROWS:
        yield Line(_title(EVERY), f"drift {row.name}", partial(_simulated, row.name, n))
    with suppress(pytest.skip.Exception):
        shared_data()
        yield Line(_title(EVERY), "drift nights of real answers", partial(_real, n))
        yield Line(_title(EVERY), "drift step", partial(_step, n))


def _title(every: int) -> str:
    looks = f"after each of {DENSE} and every {every} from then on"
    return f"drift: histories of {HORIZON} nights that raise an alarm, looked at {looks}; stated: at most 5 %"


def _simulated(name: str, n: int, seed: int = 0, every: int = EVERY) -> Computed:
    (row,) = (each for each in ROWS if each.name == name)
    found = alarms(row, n, seed, every)
    return Computed(f"{name:44} {rate(found, n)}", wilson_interval(found / n, n).low > MOST)


def _real(n: int, every: int = EVERY) -> Computed:
    found = false_alarms(n, every=every)
    return Computed(
        f"{'nights of real answers':44} {rate(found, n)}", wilson_interval(found / n, n).low > MOST
    )


def _step(n: int) -> Computed:
    found = list(delays(n))
    soon = sum(delay is not None and delay <= SOON for delay in found)
    known = sorted(delay for delay in found if delay is not None)
    middle = f"; median {known[len(known) // 2]} nights" if known else ""
    what = f"a step of {STEP:.0%} on {N_SAMPLES} samples, within {SOON} nights"
    return Computed(f"{what:44} {rate(soon, n)}{middle}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=200, help="of each row (default 200)")
    parser.add_argument("--every", type=int, default=1, help="nights from one look to the next, after sixty")
    parser.add_argument("--only", default="", help="rows with this in their name")
    parser.add_argument("--seed", type=int, default=0, help="of the simulated rows")
    options = parser.parse_args()
    n, every = options.histories, options.every
    print(_title(every))
    for row in ROWS:
        if options.only in row.name:
            print(_simulated(row.name, n, options.seed, every).text, flush=True)
    if not options.only:
        print(_real(n, every).text, flush=True)
        print(_step(n).text)


if __name__ == "__main__":
    main()
