"""One Task with one Subject in a session: ready to be asked, or broken before it was."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from evalkit.core.canonical import canonical_json
from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate
from evalkit.core.prompt import Prompt
from evalkit.core.run import Evaluation, SubjectRecord
from evalkit.core.subject import Subject
from evalkit.core.tally import count_revisions, joined
from evalkit.core.task import Task
from evalkit.models.model import Model
from evalkit.redaction.redact import redact
from evalkit.runner.task_scorers import TaskScoring
from evalkit.runner.unit import Unit
from evalkit.scorers.shared_sandbox import SandboxDoor
from evalkit.session.item_spec import ItemSpec

if TYPE_CHECKING:
    from evalkit.session.control_variate.correcting import ControlVariates
    from evalkit.session.judged_gates import JudgedGates


@frozen
class Planned:
    """What both kinds share.

    Attributes:
        items: the test items that wait for it; none for a baseline that nobody selected.
        evaluation: the row of ``evaluations`` as it stands at the start.
    """

    task: Task
    subject: Subject
    items: tuple[ItemSpec, ...]
    evaluation: Evaluation

    @property
    def evaluation_id(self) -> str:
        """Its name in the store."""
        return self.evaluation.evaluation_id

    @property
    def key(self) -> tuple[str, str]:
        """Task name and subject label."""
        return self.task.task, self.subject.label

    @property
    def gates(self) -> list[Gate]:
        """The gates that were selected; several items may wait for one."""
        return list({id(item.gate): item.gate for item in self.items if item.gate is not None}.values())

    @property
    def asked(self) -> Unit | None:
        """What is asked; None where nothing can be."""
        return None

    @property
    def lacks_gates(self) -> bool:
        """Whether not every gate of the task was selected, though something of it was."""
        n_selected = sum(item.gate is not None for item in self.items)
        return bool(self.items) and n_selected < len(self.task.gates)


@frozen
class BrokenUnit(Planned):
    """It cannot be asked; ``failure`` says why."""

    failure: str


@frozen
class ReadyUnit(Planned):
    """It can be asked.

    Attributes:
        scoring: how its Responses are scored.
        sandbox: knows how code of the model was run, once some was.
        control: with ``--llm-control-variate``, what is known of the samples that are not asked.
        judged: where metrics read a judge, what is known of its agreement with people.
    """

    scoring: TaskScoring
    unit: Unit
    sandbox: SandboxDoor
    control: ControlVariates | None = None
    judged: JudgedGates | None = None

    @property
    def asked(self) -> Unit:
        return self.unit

    @property
    def is_cut(self) -> bool:
        """Whether asking ended before every Sample was asked, as all its gates were decided."""
        return self.unit.is_cut


PlannedUnit = ReadyUnit | BrokenUnit


def record_of(unit: Unit) -> SubjectRecord:
    """The row of ``subjects`` as it is now: what exactly answers may be known from its answers only."""
    answers = [*unit.responses, *(answer.response for answer in unit.further)]
    revisions = count_revisions(answer.model_revision for answer in answers if answer is not None)
    return subject_record(unit.subject, unit.model, unit.prompt, joined(revisions))


def subject_record(
    subject: Subject, model: Model, prompt: Prompt, revision: str | None = None
) -> SubjectRecord:
    """The row of ``subjects``: its id is a hash of everything else in it.

    ``revision`` is what the answers say, for a model that does not know its own beforehand.
    """
    known = model.revision or revision
    record = SubjectRecord(
        "",
        subject.model.text,
        known and redact(known),
        dict(model.params),
        subject.prompt,
        prompt.prompt_hash,
    )
    # The column of versions counts as well: ids stay those that stored subjects have.
    hashed = {**asdict(record), "prompt_version": None}
    return replace(record, subject_id=hashlib.sha256(canonical_json(hashed)).hexdigest()[:16])
