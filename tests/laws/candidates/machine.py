"""Drives whole sessions of several candidates: side by side, in tournaments, by slices, by draws, by versions
of a prompt; and the commands that look at them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.invocation import ALONE
from tests.laws import doors
from tests.laws import laws as common
from tests.laws.baseline_file import zygote
from tests.laws.candidates import laws
from tests.laws.candidates.project import (
    CANDIDATES,
    MARGIN,
    PROMPT,
    RAISE,
    WRONG,
    CandidateProject,
)
from tests.laws.processes import Ended
from tests.laws.seen import Seen, Stored

#: What lies in a project after any session.
EXPECTED = frozenset(
    (
        "suites", "pytest.ini", "app.py", "kinds.json", "answered.jsonl", "junit.xml", "output.txt",
        ".evalkit", "__pycache__", ".git", ".gitignore", "prompts",
    )
)  # fmt: skip
_LANGUAGES = st.sampled_from(["de", "en", "de en", "de en it", "it"])
#: Name of a method of ``CandidateProject`` and its arguments.
EDITS = st.one_of(
    st.none(),
    st.tuples(st.just("add_rows"), st.integers(1, 30), _LANGUAGES),
    st.tuples(st.just("drop_rows"), st.integers(1, 30)),
    st.tuples(
        st.just("spoil"),
        st.sampled_from([*CANDIDATES, "v0", "v1", "v2"]),
        st.sampled_from([0.05, 0.3, 0.8]),
        st.sampled_from([None, None, "de", "it"]),
        st.sampled_from([WRONG, WRONG, WRONG, RAISE]),
    ),
    st.tuples(st.just("mend"), st.sampled_from([*CANDIDATES, "v0", "v1", "v2"])),
    st.tuples(st.just("commit_prompt"), st.integers(1, 4)),
)
Edit = tuple[object, ...] | None
DOORS = st.sampled_from(["pytest", "evalkit"])
SOME = st.lists(st.sampled_from(CANDIDATES), min_size=2, max_size=4, unique=True)
#: ``RUN`` and ``OTHER`` are ids of runs.
READING = (
    "plan suites", "plan law/a --margin=0.2", "items law/a", "compare OTHER RUN", "compare RUN", "slices",
    "compare OTHER RUN latest --by=model", f"prompts log {PROMPT}", "prompts list", "show RUN", "drift",
)  # fmt: skip


class CandidateSessions(RuleBasedStateMachine):
    """A project that is edited, and whose candidates are asked and compared in any order.

    ``run_ids`` is what was in the store after the last session, ``runs`` the same in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="evalkit-laws-"))
        self.project = CandidateProject(self.root / "project")
        self.folder = self.project.folder
        self.siblings = frozenset(entry.name for entry in self.root.iterdir())
        self.run_ids: set[str] = set()
        self.runs: list[str] = []

    def teardown(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize(n=st.sampled_from([6, 30, 120]), languages=_LANGUAGES, n_versions=st.integers(1, 3))
    def begin(self, n: int, languages: str, n_versions: int) -> None:
        self.project.add_rows(n, languages)
        for number in range(1, n_versions + 1):
            self.project.commit_prompt(number)

    @rule(
        edit=EDITS,
        door=DOORS,
        names=SOME,
        has_baseline=st.booleans(),
        cut=st.sampled_from(["", "limit=5"]),
        is_last_worse=st.booleans(),
    )
    def side_by_side(
        self, edit: Edit, door: str, names: list[str], has_baseline: bool, cut: str, is_last_worse: bool
    ) -> None:
        """Several candidates, the first of them perhaps the baseline, the last one perhaps worse than those
        before."""
        self._edit(edit)
        if is_last_worse:
            self.project.spoil(names[-1], 0.3, None, WRONG)
        baseline = [f"baseline=subject:python:app:{names[0]}"] if has_baseline else []
        self._run(door, "suites", names, *baseline, *filter(None, [cut]))

    @rule(edit=EDITS, door=DOORS, name=st.sampled_from(CANDIDATES), is_saved=st.booleans())
    def alone(self, edit: Edit, door: str, name: str, is_saved: bool) -> None:
        """One, as the baseline of later ones, or against what was saved."""
        self._edit(edit)
        with self._stored() as stored:
            is_there = stored.is_there and "main" in stored.baselines()
        self._run(
            door,
            "suites",
            [name],
            *(["save-baseline=main"] if is_saved or not is_there else ["baseline=main"]),
        )

    @rule(edit=EDITS, door=DOORS, names=SOME, metric=st.sampled_from(["", "=accuracy"]))
    def tournament(self, edit: Edit, door: str, names: list[str], metric: str) -> None:
        self._edit(edit)
        seen = self._run(door, "suites/b.eval.yaml", names, f"tournament{metric}")
        with self._stored() as stored:
            assert seen.run_id is not None, seen.ended.text[-2000:]
            laws.tournaments_share_their_samples(stored, seen.run_id)
            laws.the_best_stays(stored, seen.run_id, self.project)

    @rule(
        edit=EDITS,
        door=DOORS,
        names=st.tuples(st.sampled_from(CANDIDATES), st.sampled_from(CANDIDATES)),
        n=st.sampled_from([50, 60, 100]),
        task=st.sampled_from(["b", "b", "b", "a"]),
        is_telling=st.booleans(),
    )
    def draw(
        self, edit: Edit, door: str, names: tuple[str, str], n: int, task: str, is_telling: bool
    ) -> None:
        """Two whole runs, then a part of a third; refused where slices are asked or history says little, and
        not where the same rows are hard for all."""
        self._edit(edit)
        if is_telling:
            self.project.add_rows(max(0, 120 - len(self.project.languages)), "de en")
            self.project.spoil("v0", 0.3, None, WRONG)
        for name in names:
            self._run(door, f"suites/{task}.eval.yaml", [name], "save-baseline=main")
        seen = self._run(
            door, f"suites/{task}.eval.yaml", ["c3"], f"control-variate={n}", "baseline=main", may_refuse=True
        )
        if seen.ended.status == 4:
            laws.refusals_ask_nothing(seen.ended, len(seen.answered))
            return
        assert task == "b", "slices were drawn"
        with self._stored() as stored:
            assert seen.run_id is not None, seen.ended.text[-2000:]
            n_rows = len(self.project.languages)
            laws.draws_ask_what_they_say(stored, seen.run_id, n, len(seen.answered), n_rows)

    @rule(edit=EDITS, door=DOORS, picks=st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True))
    def versions(self, edit: Edit, door: str, picks: list[int]) -> None:
        """The prompt by version, and what ``show`` says of each."""
        self._edit(edit)
        chosen = sorted({1 + each % len(self.project.versions) for each in picks})
        names = [f"{PROMPT}@{each}" for each in chosen]
        self._run(
            door, "suites", ["c0"], *(f"prompt={name}" for name in names),
            words={f"{PROMPT}@{each}": self.project.word_of(each) for each in chosen},
        )  # fmt: skip
        texts = [
            self._command("prompts", "show", f"{PROMPT}@{k}").text
            for k in range(1, len(self.project.versions) + 1)
        ]
        laws.versions_stay_what_they_were(texts, self.project.versions)

    @rule(
        commands=st.lists(st.sampled_from(READING), min_size=5, max_size=7, unique=True),
        has_json=st.booleans(),
        first=st.integers(0, 9),
        last=st.integers(0, 9),
    )
    def read(self, commands: list[str], has_json: bool, first: int, last: int) -> None:
        """Several at once: they cost a fraction of the sessions that they read."""
        if not self.runs:
            return
        names = {"RUN": self.runs[last % len(self.runs)], "OTHER": self.runs[first % len(self.runs)]}
        for what in commands:
            words = [names.get(word, word) for word in what.split()]
            if words[0] == "prompts":  # the store learns what git says since
                self._command(*words)
            before = self._content()
            self._command(*words, *(["--json"] if has_json else []))
            laws.commands_write_nothing(" ".join(words), before, self._content())

    @rule(
        edit=EDITS,
        door=DOORS,
        fresh=st.one_of(st.none(), st.tuples(st.sampled_from(CANDIDATES), st.sampled_from(CANDIDATES))),
        first=st.integers(0, 9),
        last=st.integers(0, 9),
        which=st.one_of(st.none(), st.integers(0, 3)),
    )
    def bridge(
        self, edit: Edit, door: str, fresh: tuple[str, str] | None, first: int, last: int, which: int | None
    ) -> None:
        """From one run to another, or from one subject of each: those that were there, or two fresh ones."""
        self._edit(edit)
        if fresh is not None:
            for name in fresh:
                self._run(door, "suites/b.eval.yaml", [name])
            names = self.runs[-2:]
        elif self.runs:
            names = [self.runs[each % len(self.runs)] for each in (first, last)]
        else:
            return
        with self._stored() as stored:
            before = stored.rows("SELECT * FROM bridges")
            sides = names if which is None else [_subject_of(stored, name, which) for name in names]
        ended = self._command("bridge", *sides)
        with self._stored() as stored:
            laws.bridges_are_kept(ended, before, stored.rows("SELECT * FROM bridges"))
        self._command("drift")

    # What a rule is made of.

    def _run(
        self,
        door: str,
        suites: str,
        names: Sequence[str],
        *options: str,
        words: dict[str, str] | None = None,
        may_refuse: bool = False,
    ) -> Seen:
        self.project.save()
        for left in ("junit.xml", "answered.jsonl"):
            (self.folder / left).unlink(missing_ok=True)
        prefix = "--" if door == "evalkit" else "--llm-"
        told = [*(f"model=python:app:{name}" for name in names), *options, "report=off", "ci=off"]
        arguments = [*(["run"] if door == "evalkit" else []), suites, *(f"{prefix}{each}" for each in told)]
        if door == "pytest":
            arguments += ["--junit-xml=junit.xml", "-p", "no:cacheprovider", *ALONE]
        note(f"{door} {' '.join(arguments)}")
        ended = zygote().run(door, arguments, self.folder)
        note(f"status {ended.status}: {ended.text[-1500:]}")
        seen = Seen(self.folder, ended, tuple(self._answered()), None, tuple(arguments))
        self._hold(seen, words or {}, may_refuse)
        return seen

    def _hold(self, seen: Seen, words: dict[str, str], may_refuse: bool) -> None:
        common.every_session_ends(seen)
        common.no_traceback(seen)
        common.nothing_raw(seen)
        common.nothing_outside(self.folder, self.siblings, EXPECTED)
        status, text = seen.ended.status, seen.ended.text
        assert status in (0, 1) or (may_refuse and status == 4), f"status {status}\n{text[-2000:]}"
        with self._stored() as stored:
            common.no_run_vanishes(seen, stored, self.run_ids)
            self.runs += sorted(stored.run_ids - self.run_ids)
            self.run_ids = stored.run_ids
            if seen.run_id is None:
                assert status == 4, f"status {status} and no run\n{text[-2000:]}"
                return
            laws.answers_are_those_of_their_subject(stored, seen.run_id, self.project, words)
            laws.slices_hold_their_own_rows(stored, seen.run_id, self.project)
            laws.small_slices_decide_nothing(stored, seen.run_id, self.project)
            laws.dropped_subjects_decide_nothing(stored, seen.run_id)
            common.no_unearned_fail(stored, seen.run_id, MARGIN)
            common.whole_runs_are_whole(stored, {})
            if seen.cases:
                doors.doors_agree(seen, stored)
            else:
                doors.status_agrees(seen, stored)

    def _answered(self) -> list[str]:
        path = self.folder / "answered.jsonl"
        return [f"s{json.loads(line)[2]}" for line in path.read_text().splitlines()] if path.exists() else []

    def _command(self, *words: str) -> Ended:
        """Whatever came before, a command does its work or says in one line why not."""
        ended = zygote().run("evalkit", words, self.folder)
        note(f"evalkit {' '.join(words)}: {ended.status} {ended.text[-300:]}")
        assert ended.status in (0, 1, 2, 4), f"{words}: status {ended.status}\n{ended.text[-2000:]}"
        assert "Traceback" not in ended.text, ended.text[-2000:]
        if "--json" in words and ended.status in (0, 1):
            found = re.search(r"^[\[{]", ended.text, re.MULTILINE)
            assert found is not None, f"{words}: no JSON\n{ended.text[-2000:]}"
            json.loads(ended.text[found.start() :])
        return ended

    def _content(self) -> dict[str, bytes]:
        """The project's files, but what Python and the drive make, and git's own."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
            and path.name not in ("output.txt", "junit.xml")
            and not {"__pycache__", ".git"} & set(path.parts)
        }

    @contextlib.contextmanager
    def _stored(self) -> Iterator[Stored]:
        with Stored(self.folder) as stored:
            yield stored

    def _edit(self, edit: Edit) -> None:
        if edit is not None:
            what, *values = edit
            note(f"{what} {values}")
            getattr(self.project, str(what))(*values)


def _subject_of(stored: Stored, run_id: str, which: int) -> str:
    """``RUN::SUBJECT``."""
    found = stored.rows(
        """SELECT DISTINCT model, prompt FROM evaluations JOIN subjects USING (subject_id)
           WHERE run_id = ? ORDER BY ALL""",
        run_id,
    )
    one = found[which % len(found)]
    return f"{run_id}::{one['model']}" + ("" if one["prompt"] == "default" else f"#{one['prompt']}")
