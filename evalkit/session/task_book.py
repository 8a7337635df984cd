"""The Tasks of a session: their rows, loaded once, and the Subjects that are asked of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.core.prompt import Prompt
from evalkit.core.sample import Sample
from evalkit.core.subject import Subject
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.load import load_rows
from evalkit.errors import EvalkitError, TaskError
from evalkit.files.border import told_as
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.render import PromptRenderer
from evalkit.runner.prepared_task import NothingSelectedError, PreparedTask, prepare, where
from evalkit.runner.prompt_context import shown_media
from evalkit.runner.task_check import check_task, placed
from evalkit.runner.task_prompt import check_prompt, with_prompt
from evalkit.session.options import Options
from evalkit.session.prompt_use import PromptUse
from evalkit.session.subjects import Subjects
from evalkit.session.unit_plan import prompt_of

if TYPE_CHECKING:
    from evalkit.datasets.mirror import Mirror


class TaskBook:
    """What the session knows of each Task; whatever was found out stays, errors too.

    Args:
        root: a folder that task files may name files in, beside their own and those of ``--llm-data``.
        cwd: where the files of Tasks begin that come from Python.
    """

    def __init__(self, options: Options, root: Path, cwd: Path, subjects: Subjects) -> None:
        self._options = options
        self._roots = (root,)
        self._cwd = cwd
        self._mirror = _mirror_of(options)
        self._subjects = subjects
        self._prepared: dict[int, PreparedTask | EvalkitError] = {}
        self._whole: dict[int, tuple[Task, Task]] = {}
        self._subjects_of: dict[int, tuple[Task, tuple[Subject, ...]]] = {}
        self.prompt_use = PromptUse(subjects.prompts)

    def prepared(self, task: Task) -> PreparedTask:
        """The Task with its Samples, loaded once. Raises EvalkitError, the same one each time."""
        found = self._prepared.get(id(task))
        if found is None:
            try:
                with told_as(TaskError, where(task)):
                    if task.prompt is not None:
                        PromptRenderer(task.prompt, where=f"{where(task)}: {task.prompt.key}")
                    found = prepare(
                        task,
                        lambda spec: self._load_rows(task, spec),
                        limit=self._options.limit,
                        sample_ids=self._options.samples,
                        media=MediaFiles(*self._readable_media(task)),
                    )
            except EvalkitError as error:
                found = error
            self._prepared[id(task)] = found
        if isinstance(found, EvalkitError):
            raise found
        return found

    def whole(self, task: Task) -> Task:
        """The Task with its prompt's text; the same one each time. Raises TaskError."""
        if id(task) not in self._whole:
            try:
                # The Task itself is kept beside it: nothing else may get its id.
                self._whole[id(task)] = task, self._in_slices(with_prompt(task, *self._readable(task)))
            except TaskError as error:
                raise placed(task, error) from None
        return self._whole[id(task)][1]

    def _in_slices(self, task: Task) -> Task:
        """With a gate for each slice where one says ``by``; this alone reads the rows so early."""
        if all(spec.by is None for spec in task.metric_specs):
            return task
        from evalkit.session.slicing import sliced

        try:
            prepared = self.prepared(task)
        except NothingSelectedError:
            prepared = None
        try:
            made, with_samples = sliced(task, prepared)
        finally:
            self._prepared.pop(id(task), None)
        if with_samples is not None:
            self._prepared[id(made)] = with_samples
        return made

    def subjects_of(self, task: Task) -> tuple[Subject, ...]:
        """What is asked of a Task, tried out. Raises TaskError at the line of what cannot be."""
        if id(task) not in self._subjects_of:
            self._subjects_of[id(task)] = task, self._checked_subjects(task)
        return self._subjects_of[id(task)][1]

    def samples_at_collection(self, task: Task) -> Sequence[Sample]:
        """The Task's Samples; rows from the Hub are not loaded at collection and have no assertions."""
        assert isinstance(task.dataset, DatasetSpec)
        is_remote = task.dataset.path is not None and not self._options.samples
        return () if is_remote else self.prepared(task).samples

    def forget_rows(self) -> None:
        """Let go of all rows."""
        self._prepared.clear()

    def _checked_subjects(self, task: Task) -> tuple[Subject, ...]:
        try:
            samples = self.samples_at_collection(task)
        except NothingSelectedError:
            return ()
        check_task(task, samples)
        subjects, reasons = self._subjects.of_task(task, samples or self._rows_for_prompts(task))
        self.prompt_use.note(task.task, subjects, reasons)
        try:
            for subject in subjects:
                prompt = prompt_of(self._subjects, task, subject)
                check_prompt(task, prompt, samples)
                self._try_media(task, prompt, samples)
        except TaskError as error:
            raise placed(task, error) from None
        return subjects

    def _rows_for_prompts(self, task: Task) -> Sequence[Sample]:
        """The rows of the Hub, where only they tell whether a prompt fits; a session without asks no Hub."""
        if not self._subjects.needs_rows(task):
            return ()
        try:
            return self.prepared(task).samples
        except EvalkitError:
            return ()  # which the run says of each item

    def _load_rows(self, task: Task, spec: DatasetSpec) -> Sequence[Mapping[str, Any]]:
        base_dir, roots = self._readable(task)
        return load_rows(
            spec, base_dir=base_dir, mirror=self._mirror, is_offline=self._options.is_offline, roots=roots
        )

    def _readable(self, task: Task) -> tuple[Path, Sequence[Path] | None]:
        """Where a task's files begin, and the folders that they may lie in, None for all: code may read
        what it likes, a task file only what lies in the project."""
        return (task.source.parent, self._roots) if task.source else (self._cwd, None)

    def _readable_media(self, task: Task) -> tuple[Path, Sequence[Path] | None]:
        """The same of images, audio and files: as data they may also lie in a folder of ``--llm-data``."""
        base_dir, roots = self._readable(task)
        if roots is None or self._mirror is None:
            return base_dir, roots
        return base_dir, (*roots, *self._mirror.folders)

    def _try_media(self, task: Task, prompt: Prompt, samples: Sequence[Sample]) -> None:
        """Reads what the first Sample shows: a wrong path is mostly wrong for all of them. Raises
        TemplateError."""
        if samples and prompt.media:
            hashes = shown_media(task, prompt, self.prepared(task).media)
            assert hashes is not None
            hashes(samples[0])


def _mirror_of(options: Options) -> Mirror | None:
    if not options.data:
        return None
    from evalkit.datasets.mirror import Mirror

    return Mirror.open(options.data)
