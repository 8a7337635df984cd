"""``NAME@VERSION``: the prompt that it means, found before the first call."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.prompt import Prompt
from evalkit.prompts.file import parse_prompt
from evalkit.session.prompt_catalogue.catalogue import Catalogue, is_number, open_catalogue, stored_catalogue
from evalkit.session.prompt_catalogue.timeline import title
from evalkit.store.prompts import StoredPrompt


def prompt_of_version(name: str, version: str, root: Path, store: Path | None) -> Prompt:
    """The prompt, by its own name.

    Args:
        version: a number, a label, the start of the text's hash, or what git calls a commit.
        root: folder of the project.
        store: the file of results, which need not be there; nothing is written to it.

    Raises UsageError where there is none, and TemplateError where the text cannot be read.
    """
    store = store or root / "none"
    catalogue = stored_catalogue(name, store)
    found = None if is_number(version) else catalogue.known(version)  # numbers are git's
    if found is None:
        catalogue = open_catalogue(name, store, root, is_kept=False)
        found = catalogue.find(version)
    return prompt_of(catalogue, found, root)


def prompt_of(catalogue: Catalogue, version: StoredPrompt, root: Path) -> Prompt:
    """A version as what is put to a model. Raises TemplateError."""
    file = root / version.path if version.path else catalogue.file
    return parse_prompt(catalogue.name, version.template, file, title(version))
