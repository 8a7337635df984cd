"""Drives whole sessions of a small project at random, and holds the laws after each."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.invocation import ALONE
from tests.laws import laws
from tests.laws.processes import Ended, Zygote, kill_group
from tests.laws.project import CANARY, KINDS, Project
from tests.laws.seen import STORE, Seen, Stored, answered_ids

#: How a session is ended early. ``-x``, ``exit`` and ``break`` act at the plain test that fails first.
CUTS = ("-x", "--maxfail=1", "exit", "break", "ctrl-c", "ctrl-c twice", "kill", "delete store")
#: Ids and tags that stand for something else somewhere in pytest, in a path or in a terminal.
ODD_IDS = (
    "accuracy >= 0.5",
    "evaluated",
    "regression(accuracy)",
    "../../x",
    "a::b",
    "x" * 300,
    "\x1b[31mred",
)
TAGS = ("xfail", "skip", "skipif", "slow", "usefixtures", "parametrize", "eine Marke", "::error::")
SPOOL_LINES = (
    b'["runs"]',
    b'["schema_version",99]',
    b'["spool",' + b"9" * 30 + b"]",
    b'["responses","e"]',
    b"\x00\xff",
    b'["responses","e","s",0,"i",null,"o",null,null,1000000000000000000000,1,1.0,1.0,false,1e18]',
    b'["runs","r",1e300,null,"finished",false,null,null,null,"",[],""]',
    b"[" * 5000,
    b'["spool",null]',
    b"{}",
)
EVIL_RUN_IDS = ("../../outside", "/tmp/evalkit_outside", "..", "a/b", "")

#: Name of a method of ``Project`` and its arguments.
EDITS = st.one_of(
    st.tuples(st.just("add_rows"), st.integers(1, 6)),
    st.tuples(st.just("drop_rows"), st.sampled_from([0.1, 0.5, 0.9])),
    st.tuples(st.just("edit_rows"), st.sampled_from([0.1, 0.5])),
    st.tuples(st.just("answer"), st.sampled_from(KINDS), st.sampled_from([0.02, 0.3, 1.0])),
    st.tuples(st.just("answer"), st.just("right"), st.just(1.0)),
    st.tuples(st.just("add_odd_row"), st.sampled_from(ODD_IDS), st.sampled_from(["right", "wrong"])),
    st.tuples(st.just("tag"), st.lists(st.sampled_from(TAGS), max_size=2, unique=True)),
    st.tuples(st.just("toggle_second_task")),
)

_ZYGOTE: list[Zygote] = []


def zygote() -> Zygote:
    """One for the process."""
    if not _ZYGOTE:
        _ZYGOTE.append(Zygote())
    return _ZYGOTE[0]


class Sessions(RuleBasedStateMachine):
    """A project that is edited, evaluated, cut off, compared and attacked in any order.

    ``sizes`` is run id to the number of samples that the dataset had when the run ended whole.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="evalkit-laws-"))
        self.project = Project(self.root / "project")
        self.folder = self.project.folder
        self.siblings = frozenset(entry.name for entry in self.root.iterdir())
        self.sizes: dict[str, int] = {}
        self.is_spoiled = False

    def teardown(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize(n=st.sampled_from([4, 12, 40]))
    def begin(self, n: int) -> None:
        self.project.add_rows(n)

    # Edits of the project: one rule, so that most steps are sessions.

    @rule(edit=EDITS)
    def edit(self, edit: tuple[object, ...]) -> None:
        what, *values = edit
        note(f"{what} {values}")
        getattr(self.project, str(what))(*values)

    # Sessions.

    @rule(
        kind=st.one_of(st.just("right"), st.sampled_from(KINDS)),
        baseline=st.sampled_from(["", "main", "latest", "subject:python:app:answer"]),
        is_saving=st.booleans(),
        more=st.lists(
            st.sampled_from(["-k=s1", "--llm-limit=3", "--llm-repeats=2", "--llm-sequential", "-v", "-rA"]),
            max_size=2, unique=True,
        ),
    )  # fmt: skip
    def session(self, kind: str, baseline: str, is_saving: bool, more: list[str]) -> None:
        self.project.answer(kind, 1.0 if kind == "right" else 0.3)
        options = [f"--llm-baseline={baseline}"] if baseline else []
        options += ["--llm-save-baseline=main"] if is_saving else []
        options += ["--llm-model=python:app:other"] if baseline.startswith("subject") else []
        options += [
            part for text in more for part in (text.split("=", 1) if text.startswith("-k") else [text])
        ]
        self._run(options)

    @rule(cut=st.sampled_from(CUTS), is_saving=st.booleans(), n_answers=st.integers(0, 8))
    def cut_session(self, cut: str, is_saving: bool, n_answers: int) -> None:
        options = ["--llm-save-baseline=main"] if is_saving else []
        options += [cut] if cut.startswith("-") else []
        self._run(options, cut=cut, n_answers=n_answers)

    @precondition(lambda self: len(self.project.rows) < 30)
    @rule(is_saving=st.booleans())
    def session_of_workers(self, is_saving: bool) -> None:
        self._run(["-n2", *(["--llm-save-baseline=main"] if is_saving else [])])

    # Attacks on what lies about.

    @rule(lines=st.lists(st.sampled_from(SPOOL_LINES), min_size=1, max_size=3))
    def drop_a_spool(self, lines: list[bytes]) -> None:
        spool = self.folder / f"{STORE}.spool" / "foreign" / "main.jsonl"
        spool.parent.mkdir(parents=True, exist_ok=True)
        spool.write_bytes(b'["spool",1,"0"]\n' + b"\n".join(lines) + b"\n")
        self.is_spoiled = True
        told = zygote().run("evalkit", ("runs", "--json"), self.folder)
        assert told.status == 0 or b"foreign" in told.output, told.text[-2000:]
        self._command("runs", "--json")

    @rule(run_id=st.sampled_from(EVIL_RUN_IDS), is_packed=st.booleans())
    def import_an_evil_baseline(self, run_id: str, is_packed: bool) -> None:
        if not self._baseline():  # no precondition: what a session left behind must not steer what is drawn
            return
        path = self.folder / ("evil.jsonl.gz" if is_packed else "evil.jsonl")
        self._command("baseline", "export", "main", str(path))
        data = gzip.decompress(path.read_bytes()) if is_packed else path.read_bytes()
        changed = data.replace(self._baseline().encode(), run_id.encode())
        path.write_bytes(gzip.compress(changed) if is_packed else changed)
        self._command("baseline", "import", str(path), "--name", "evil", status=4)
        self._run([f"--llm-baseline=file:{path.name}"])

    @rule()
    def compare_with_the_baseline(self) -> None:
        if not self._baseline():
            return
        last = Stored(self.folder).last_run()
        assert last is not None
        base = self._baseline()
        if last["run_id"] != base:
            ended = self._command("compare", base, last["run_id"], "--json")
            laws.compare_agrees(ended, Stored(self.folder), base, last["run_id"])

    # What a rule is made of.

    def _baseline(self) -> str:
        stored = Stored(self.folder)
        return stored.baselines().get("main", "") if stored.is_there else ""

    def _run(self, options: list[str], *, cut: str | None = None, n_answers: int = 0) -> Seen:
        self.project.save()
        for name in ("answered.jsonl", "junit.xml"):
            (self.folder / name).unlink(missing_ok=True)
        paths = ["test_plain.py", "suites"] if cut in ("-x", "--maxfail=1", "exit", "break") else ["suites"]
        arguments = [
            *paths,
            "--llm-model=python:app:answer",
            "--llm-report=off",
            "--llm-concurrency=2",
            "--llm-ci=off",
            "--junit-xml=junit.xml",
            "-p",
            "no:cacheprovider",
            *ALONE,
            *options,
        ]
        env = {"APP_API_KEY": CANARY, "APP_DELAY_S": "0.02" if cut else "0", "CONFTEST_ENDS": cut or ""}
        fault = os.environ.get("EVALKIT_LAWS_FAULT")
        env |= {"EVALKIT_LAWS_FAULT": fault} if fault else {}
        note(f"pytest {' '.join(arguments)} cut={cut} after {n_answers}")
        ended = zygote().run(
            "pytest", arguments, self.folder, env=env, meanwhile=self._cutter(cut, n_answers) if cut else None
        )
        seen = Seen(self.folder, ended, answered_ids(self.folder), cut, tuple(arguments))
        note(ended.text[-1500:])
        self._hold(seen)
        return seen

    def _cutter(self, cut: str | None, n_answers: int) -> Callable[[int, Callable[[], bool]], None]:
        def act(pid: int, is_over: Callable[[], bool]) -> None:
            output = self.folder / "output.txt"
            while not is_over() and (
                len(answered_ids(self.folder)) < n_answers or b"collected" not in output.read_bytes()
            ):
                time.sleep(0.005)
            if is_over():
                return
            if cut == "kill":
                kill_group(pid)
            elif cut in ("ctrl-c", "ctrl-c twice"):
                os.kill(pid, signal.SIGINT)
                if cut == "ctrl-c twice":
                    time.sleep(0.05)
                    if not is_over():
                        os.kill(pid, signal.SIGINT)
            elif cut == "delete store":
                (self.folder / STORE).unlink(missing_ok=True)

        return act

    def _hold(self, seen: Seen) -> None:
        laws.every_session_ends(seen)
        laws.no_traceback(seen)
        laws.nothing_raw(seen)
        laws.no_secret(self.folder)
        laws.nothing_outside(self.folder, self.siblings)
        laws.one_outcome_each(seen)
        if seen.cut == "delete store":
            assert seen.ended.status != 0 or len(seen.answered) == 0 or Stored(self.folder).is_there
            self.sizes.clear()
        self._command("runs", "--json")
        stored = Stored(self.folder)
        if not stored.is_there:
            return
        if seen.run_id is not None and seen.cut is None:
            run = stored.run(seen.run_id)
            if run is not None and not run["is_partial"]:
                self.sizes[seen.run_id] = len(self.project.rows)
        laws.doors_agree(seen, stored)
        laws.nothing_lost(seen, stored)
        laws.whole_runs_are_whole(stored, self.sizes)
        laws.baselines_are_sound(stored, self.sizes)
        if seen.run_id is not None and stored.run(seen.run_id) is not None:
            laws.no_unearned_pass(stored, seen.run_id, self.project.margin)

    def _command(self, *words: str, status: int | None = None) -> Ended:
        """A later command: whatever came before, it does its work or says in one line why not."""
        ended = zygote().run("evalkit", words, self.folder, env={"APP_API_KEY": CANARY})
        note(f"evalkit {' '.join(words)}: {ended.status} {ended.text[-300:]}")
        assert ended.status is not None, words
        assert "Traceback" not in ended.text, ended.text[-2000:]
        if words[0] == "runs":
            laws.later_commands_work(ended, self.folder)
        if status is not None:
            assert ended.status == status, ended.text
        return ended
