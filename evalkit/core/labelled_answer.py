"""One answer that a person labelled, with what it takes to find the same answer elsewhere."""

from __future__ import annotations

from evalkit.core.frozen import frozen
from evalkit.core.label import Label


@frozen(slots=True)
class LabelledAnswer:
    """A label beside the answer that it was given to.

    Attributes:
        evaluation_id: where the answer stands; the label's ``repeat`` says which one it is.
        output: its text.
        sample_hash: content of its Sample (``Sample.content_hash``), None where unknown.
    """

    evaluation_id: str
    label: Label
    output: str | None
    sample_hash: str | None = None
