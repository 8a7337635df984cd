"""Drives whole sessions whose answers are judged, reviewed, calibrated and judged again; holds the laws."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.invocation import ALONE
from tests.laws import doors
from tests.laws import laws as common
from tests.laws.baseline_file import zygote
from tests.laws.judged import laws
from tests.laws.judged.judge_server import JUDGES, KEY_NAME, KINDS, SUBJECTS, Question, judge_server
from tests.laws.judged.project import OTHERS, JudgedProject
from tests.laws.judged.reviewing import REVIEWERS, Reviewing, Reviews, resting
from tests.laws.processes import Ended, kill_group
from tests.laws.project import CANARY
from tests.laws.seen import REPORT, STORE, Seen, Stored

#: What lies in a project after any session.
EXPECTED = frozenset(("suites", "pytest.ini", "junit.xml", "output.txt", ".evalkit", "__pycache__", REPORT))
#: A session that rests for so long has what came in its cache.
_SETTLED_S = 0.3
_KIND = st.sampled_from(KINDS)
#: More answers than a run has.
ALL = 50
#: Name of a method of ``JudgedProject`` and its arguments.
EDITS = st.one_of(
    st.none(),
    st.none(),
    st.tuples(st.just("add_rows"), st.integers(1, 5), _KIND),
    st.tuples(st.just("drop_rows"), st.integers(1, 3)),
    st.tuples(st.just("change"), st.just("rubric"), st.sampled_from(["r1", "r2"])),
    st.tuples(st.just("change"), st.just("judge"), st.sampled_from(JUDGES)),
    st.tuples(st.just("change"), st.just("subject"), st.sampled_from(SUBJECTS)),
    st.tuples(st.just("change"), st.just("is_bound"), st.booleans()),
)
Edit = tuple[object, ...] | None
#: What may be another when a session is held against an earlier one.
CHANGES = st.sampled_from(["rubric", "judge", "subject", "revision"])
#: What acts on a command while it goes on: see ``Zygote.run``.
Meanwhile = Callable[[int, Callable[[], bool]], None]
DOORS = st.sampled_from(["evalkit", "evalkit", "pytest"])
#: Spelled as at the command line; pytest puts ``llm-`` before each.
MORE = st.lists(
    st.sampled_from(
        [
            "repeats=2",
            "sequential",
            "save-baseline=main:undecided",
            "baseline=main",
            "baseline=main",
            f"report={REPORT}",
        ]
    ),
    max_size=2,
    unique_by=lambda each: each.partition("=")[0].removeprefix("save-"),
)


class JudgedSessions(RuleBasedStateMachine):
    """A project that is edited, judged, reviewed by two, calibrated and judged again, killed at times.

    ``run_ids`` is what was in the store after the last command.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="evalkit-laws-"))
        self.project = JudgedProject(self.root / "project")
        self.folder = self.project.folder
        self.siblings = frozenset(entry.name for entry in self.root.iterdir())
        self.closing = contextlib.ExitStack()
        self.server = self.closing.enter_context(judge_server())
        self.heard = laws.Heard(self.server)
        self.reviews = Reviews()
        self.run_ids: set[str] = set()

    def teardown(self) -> None:
        self.closing.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize(
        n_good=st.integers(6, 9),
        n_bad=st.integers(5, 6),
        kinds=st.tuples(_KIND, _KIND),
        is_bound=st.booleans(),
    )
    def begin(self, n_good: int, n_bad: int, kinds: tuple[str, str], is_bound: bool) -> None:
        """As few rows of other kinds as the task's ``max_error_rate`` allows, whatever they are."""
        self.project.is_bound = is_bound
        for n, each in ((n_good, "good"), (n_bad, "bad"), (2, kinds[0]), (2, kinds[1])):
            self.project.add_rows(n, each)

    @rule(
        edit=EDITS,
        door=DOORS,
        n_rounds=st.sampled_from([1, 2, 2]),
        more=MORE,
        kill=st.one_of(st.none(), st.none(), st.integers(1, 20)),
    )
    def session(self, edit: Edit, door: str, n_rounds: int, more: list[str], kill: int | None) -> None:
        """Killed, then the same command once more."""
        self._edit(edit)
        options = [f"judge-repeats={n_rounds}", *more]
        if kill is not None:
            self._run(door, options, n_rounds, kill)
        self._run(door, options, n_rounds)

    @rule(what=CHANGES, n_rounds=st.sampled_from([1, 2]))
    def changed(self, what: str, n_rounds: int) -> None:
        """A session that becomes the baseline, and one with another judge, rubric, revision or Subject that
        is held against it."""
        options = [f"judge-repeats={n_rounds}"]
        self._run("evalkit", [*options, "save-baseline=main:undecided"], n_rounds)
        if what == "revision":
            self.revise("served-2" if self.server.revision == "served-1" else "served-1")
            self.project.add_rows(1, "good")  # what is known by its cache has its revision
        else:
            self.project.change(what, OTHERS[str(getattr(self.project, what))])
        self._run("evalkit", [*options, "baseline=main"], n_rounds)

    @rule(
        n=st.one_of(st.integers(1, 20), st.just(ALL)),
        is_killed=st.booleans(),
        has_undo=st.booleans(),
        share=st.sampled_from([0.2, 1.0]),
    )
    def review(self, n: int, is_killed: bool, has_undo: bool, share: float) -> None:
        """The answers of the last run, by two."""
        self._review(n, share, is_killed=is_killed, has_undo=has_undo)

    def _review(self, n: int, share: float, *, is_killed: bool = False, has_undo: bool = False) -> None:
        words = ["review", "--json", "--no-browser", f"--reviewers={','.join(REVIEWERS)}"]
        acting = Reviewing(self.folder, self.reviews, n, is_killed, has_undo)
        ended = self._command(*words, f"--control-share={share:g}", meanwhile=acting)
        assert ended.status in (-9 if is_killed else 0, 4), f"status {ended.status}\n{ended.text[-2000:]}"

    @rule(edit=EDITS, is_labelled=st.booleans())
    def calibrate(self, edit: Edit, is_labelled: bool) -> None:
        """After people labelled all answers of the last run, or as it comes."""
        if is_labelled:
            self._review(ALL, 1.0)
        self._edit(edit)
        self.project.save()
        ended = self._command(
            "judge", "calibrate", "suites/a.eval.yaml", "--labels=reviews", "--attacks=0", "--repeats=1",
            f"--judge={self.server.spec(self.project.judge)}", is_aside=True,
        )  # fmt: skip
        assert ended.status in (0, 4), ended.text[-2000:]

    @rule(edit=EDITS, judge=st.sampled_from([None, None, *JUDGES]), n_rounds=st.sampled_from([1, 2]))
    def rejudge(self, edit: Edit, judge: str | None, n_rounds: int) -> None:
        """The answers of the last run."""
        self._edit(edit)
        self.project.save()
        other = [] if judge is None else [f"--judge={self.server.spec(judge)}"]
        ended = self._command("judge", "rejudge", "latest", f"--repeats={n_rounds}", "--quiet", *other)
        assert ended.status in (0, 1, 4), ended.text[-2000:]

    @rule(revision=st.sampled_from(["served-1", "served-2"]))
    def revise(self, revision: str) -> None:
        """The vendor puts another model behind the name."""
        self.server.revision = revision

    @rule()
    def decide(self) -> None:
        """What people said since."""
        ended = self._command("review", "decide", "latest")
        assert ended.status in (0, 1, 4), ended.text[-2000:]

    # What a rule is made of.

    def _run(self, door: str, options: list[str], n_rounds: int, kill: int | None = None) -> None:
        self.project.save()
        (self.folder / "junit.xml").unlink(missing_ok=True)
        self.server.begin(kill)
        told = [
            f"model={self.server.spec(self.project.subject)}",
            f"judge={self.server.spec(self.project.judge)}",
            "ci=off", *options, *([] if f"report={REPORT}" in options else ["report=off"]),
        ]  # fmt: skip
        prefix = "--" if door == "evalkit" else "--llm-"
        arguments = [*(["run"] if door == "evalkit" else []), "suites", *(f"{prefix}{each}" for each in told)]
        if door == "pytest":
            arguments += ["--junit-xml=junit.xml", "-p", "no:cacheprovider", *ALONE]
        ended = self._start(door, arguments, None if kill is None else self._killer)
        self.server.begin()
        cut = "kill" if ended.status == -9 else None
        assert cut is None or kill is not None, "somebody killed it"
        seen = Seen(self.folder, ended, (), cut, tuple(arguments))
        common.every_session_ends(seen)
        common.no_traceback(seen)
        common.nothing_raw(seen)
        assert cut is not None or ended.status in (0, 1), f"status {ended.status}\n{ended.text[-2000:]}"
        assert cut is not None or seen.run_id is not None, ended.text[-2000:]
        if cut is not None:
            self._fold()
            self._hold(None, None, is_resumed=False)
        else:
            self._hold(seen.run_id, n_rounds)
            with Stored(self.folder) as stored:
                (doors.doors_agree if door == "pytest" else doors.status_agrees)(seen, stored)

    def _killer(self, pid: int, is_over: Callable[[], bool]) -> None:
        while not is_over() and not self.server.is_hanging.is_set():
            time.sleep(0.005)
        before = None
        while not is_over():
            state = resting(pid)
            if state is not None and state == before:
                kill_group(pid)
                return
            before = state
            time.sleep(_SETTLED_S)

    def _command(self, *words: str, meanwhile: Meanwhile | None = None, is_aside: bool = False) -> Ended:
        """Whatever came before, a command does its work or says in one line why not.

        Args:
            is_aside: what judges say to it stands in no run.
        """
        before = self._n_said()
        ended = self._start("evalkit", words, meanwhile)
        if is_aside:
            self.heard.aside += self._n_said() - before
        assert ended.status is not None, words
        assert "Traceback" not in ended.text, ended.text[-2000:]
        if ended.status == -9:
            self._fold()
        assert ended.status != 4 or "evalkit: " in ended.text, f"{words}: {ended.text[-2000:]}"
        self._hold(None, None)
        return ended

    def _start(self, door: str, words: Sequence[str], meanwhile: Meanwhile | None) -> Ended:
        start = time.monotonic()
        ended = zygote().run(door, words, self.folder, env={KEY_NAME: CANARY}, meanwhile=meanwhile)
        note(f"{door} {' '.join(words)}")
        note(f"status {ended.status} after {time.monotonic() - start:.1f} s: {ended.text[-1500:]}")
        return ended

    def _hold(self, run_id: str | None, n_rounds: int | None, *, is_resumed: bool = True) -> None:
        """The laws after a command.

        Args:
            run_id: of a session that was left alone.
            is_resumed: whether what a killed session was told had its chance to be stored.
        """
        common.nothing_outside(self.folder, self.siblings, EXPECTED)
        with self._stored() as stored:
            if stored.is_there:  # first, as it says in which opinion the key is
                laws.no_secret_in_opinions(stored)
            common.no_secret(self.folder, stored)
            if not stored.is_there:
                return
            gone = self.run_ids - stored.run_ids
            assert not gone, f"gone from the store: {gone}"
            self.run_ids = stored.run_ids
            for row in stored.rows("SELECT scorer_signatures->>'judge' AS text FROM evaluations"):
                self.heard.rubrics.setdefault(row["text"], self.project.rubric)
            laws.failed_judgements_are_no_zeros(stored, self.heard)
            laws.acknowledged_reviews_are_kept_once(stored, self.reviews)
            if is_resumed:
                laws.no_judgement_is_lost_or_doubled(stored, self.heard)
            for each in sorted(self.run_ids):
                laws.scores_are_means_of_what_was_judged(stored, each)
                laws.corrections_rest_on_labels(stored, each)
                laws.judgements_cost_apart(stored, each)
                laws.changed_judges_decide_nothing(stored, each)
            if run_id is not None and n_rounds is not None:
                laws.every_answer_is_judged(stored, run_id, n_rounds)
                laws.judged_gates_are_calibrated(stored, run_id, is_bound=self.project.is_bound)

    def _fold(self) -> None:
        """Whoever comes next folds what a command that was killed has left."""
        if not self.run_ids and not (self.folder / STORE).exists():
            return
        ended = zygote().run("evalkit", ("runs", "--json"), self.folder, env={KEY_NAME: CANARY})
        common.later_commands_work(ended, self.folder)

    @contextlib.contextmanager
    def _stored(self) -> Iterator[Stored]:
        with Stored(self.folder) as stored:
            yield stored

    def _n_said(self) -> Counter[Question]:
        return Counter({question: len(said) for question, said in self.server.said.items()})

    def _edit(self, edit: Edit) -> None:
        if edit is not None:
            what, *values = edit
            note(f"{what} {values}")
            getattr(self.project, str(what))(*values)
