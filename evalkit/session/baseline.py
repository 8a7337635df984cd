"""What a candidate evaluation is compared with: another Subject of this session, or an earlier Run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.core.frozen import frozen
from evalkit.core.near_names import near_names
from evalkit.core.run import Evaluation, Run
from evalkit.core.subject import Subject
from evalkit.errors import StoreError, UsageError
from evalkit.session.options import SUBJECT
from evalkit.session.subjects import Subjects
from evalkit.session.units import PlannedUnit
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.gates.deciding.pooling import BaselineEvaluation

FILE = "file:"

_NEW_NAME = "use 'evalkit baseline set {name} RUN', or --llm-save-baseline={name} without --llm-baseline"
_NEW_FILE = "name a file that 'evalkit baseline export' wrote"
_NEW_BRANCH = "leave out --llm-baseline for the first run of a branch"


@frozen
class Nothing:
    """Why there is nothing to compare with.

    Attributes:
        is_first: there is no baseline at all yet, so that the run is ``recorded``. Where there is one and it
            lacks the task, the gate is ``undecided``: something is missing that one may take for there.
    """

    reason: str
    is_first: bool = True


class Baseline:
    """``--llm-baseline=WHAT``, resolved once at the start of the session.

    Raises UsageError where WHAT is not a baseline, and close to the name of one.

    Attributes:
        nothing: why there is nothing to compare with, whatever the task; None where there is.
    """

    def __init__(self, what: str | None, subjects: Subjects, store_path: Path) -> None:
        self.what = what
        self._subjects = subjects
        self._store_path = store_path
        self._run: Run | None = None
        self._evaluations: Sequence[Evaluation] = ()
        self._pool: Sequence[Evaluation] = ()
        self._file: Store | None = None
        self.nothing: Nothing | None = None
        if what is None:
            self.nothing = Nothing("no baseline was named (--llm-baseline=NAME compares with one)")
        elif what.startswith(FILE):
            self._read_file(Path(what.removeprefix(FILE)))
        elif what.startswith(SUBJECT):
            for subject in subjects.subjects:
                self.subject_for(subject)
        else:
            self._resolve(what)

    @property
    def is_subject(self) -> bool:
        """Whether candidates are compared with another Subject of this very session."""
        return self.what is not None and self.what.startswith(SUBJECT)

    def subject_for(self, candidate: Subject) -> Subject | None:
        """The Subject of this session that ``candidate`` is compared with; None when it is that one itself.

        Raises UsageError when WHAT names no Subject of the session.
        """
        return self._subjects.find((self.what or "").removeprefix(SUBJECT), candidate)

    def earlier(self, planned: PlannedUnit) -> BaselineEvaluation | Nothing:
        """The earlier evaluation to compare with, or why there is none.

        The same Subject is preferred, then the only one with the same prompt, then the only one at all.
        Raises UsageError when the Run has several and none of them is the candidate's.
        """
        if self.nothing is not None:
            return self.nothing
        same_task = [each for each in self._evaluations if each.task == planned.task.task]
        if not same_task:
            run = f" (run {self._run.run_id})" if self._run else ""
            lacks = f"baseline {self.what}{run} has no evaluation of {planned.task.task}"
            return Nothing(lacks, is_first=False)
        from evalkit.gates.deciding.pooling import BaselineEvaluation  # nothing of it without a baseline

        found = _closest(same_task, planned)
        if self._file is not None:
            return BaselineEvaluation.read(found, self._pool, self._file.observations)
        with Store.open(self._store_path, mode="read") as store:
            return BaselineEvaluation.read(found, self._pool, store.observations)

    @property
    def is_one_stored_run(self) -> bool:
        """Whether the store has its answers, and those of one run alone."""
        return not self.is_subject and self._file is None and not self._pool

    def evaluation(self, evaluation_id: str | None) -> Evaluation | None:
        """The earlier evaluation of that id, or None."""
        return next((each for each in self._evaluations if each.evaluation_id == evaluation_id), None)

    def _read_file(self, path: Path) -> None:
        """Exported runs are compared with as if they were in the store, which they need not be."""
        if not path.exists():
            beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
            _refuse_near(FILE, path.name, beside, _NEW_FILE)
            self.nothing = Nothing(f"there is no baseline file {path} yet")
            return
        self._file = Store.of_run_file(path)
        self._run, *others = self._file.exported_runs()
        self._evaluations = self._file.evaluations(self._run.run_id)
        self._pool = [each for run in others for each in self._file.evaluations(run.run_id)]

    def _resolve(self, what: str) -> None:
        kind, colon, name = what.partition(":")
        if colon and (kind not in ("run", "branch") or not name):
            raise UsageError(
                f"--llm-baseline={what} cannot be read",
                hint="write a baseline's name, run:ID, latest, branch:NAME, file:PATH or subject:SPEC",
            )
        if not self._store_path.exists() and kind != "run":
            self.nothing = Nothing(f"there is no baseline {what} yet")
            return
        with Store.open(self._store_path, mode="read") as store:
            if what == "latest" or kind == "branch":
                self._evaluations = store.latest_evaluations(name or None)
                if not self._evaluations:
                    _refuse_near("branch:", name, store.branches() if name else (), _NEW_BRANCH)
                    self.nothing = Nothing(f"there is no baseline {what} yet")
                return
            self._run = store.resolve_baseline(what)
            if self._run is not None:
                self._evaluations = store.evaluations(self._run.run_id)
                others = [store.resolve_baseline(f"run:{each}") for each in store.pool_of(what)[1:]]
                self._pool = [each for run in others if run for each in store.evaluations(run.run_id)]
                return
            _refuse_run(store, what)
            names = [each.name for each in store.baselines()]
        _refuse_near("", what, names, _NEW_NAME.format(name=what))
        known = f" (there are: {', '.join(names)})" if names else ""
        self.nothing = Nothing(f"there is no baseline {what} yet{known}")


def _refuse_run(store: Store, name: str) -> None:
    """The id of a run is no name of a baseline that nobody has saved yet. Raises UsageError."""
    with suppress(StoreError):
        if store.run(name).run_id == name:
            raise UsageError(
                f"--llm-baseline={name}: there is no baseline of this name, but a run",
                hint=f"write --llm-baseline=run:{name}",
            )


def _refuse_near(kind: str, name: str, known: Iterable[str], hint: str) -> None:
    """A slip of the keyboard must not make a run the first of a baseline that nobody meant. Raises UsageError
    where ``name`` is near one that is known."""
    near = near_names(name, known)
    if near:
        hint = f"did you mean {' or '.join(near[:3])}? Else {hint}"
        raise UsageError(f"--llm-baseline={kind}{name}: there is none", hint=hint)


def _closest(evaluations: Sequence[Evaluation], planned: PlannedUnit) -> Evaluation:
    """Of evaluations of one task, the newest run first."""
    label = planned.subject.label
    same = [each for each in evaluations if each.subject.label == label]
    if same:
        return same[-1]
    newest = [each for each in evaluations if each.run_id == evaluations[0].run_id]
    for matches in ([each for each in newest if each.subject.prompt == planned.subject.prompt], newest):
        if len(matches) == 1:
            return matches[0]
    labels = ", ".join(sorted(each.subject.label for each in newest))
    raise UsageError(
        f"the baseline has several subjects for {planned.task.task} and none is {label}: {labels}",
        hint="test one of them, or choose a baseline with one subject",
    )
