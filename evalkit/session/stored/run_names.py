"""What a user calls a run: an id or the start of one, ``latest``, a baseline's name, ``RUN::SUBJECT``."""

from __future__ import annotations

from evalkit.core.run import Run
from evalkit.errors import StoreError
from evalkit.store.store import Store

RUN_HELP = "a run's id or the start of one, 'latest', or a baseline's name"


def find_run(store: Store, name: str) -> Run:
    """Raises StoreError that says what is near."""
    if name == "latest":
        return store.run(name)
    name = name.removeprefix("run:")
    named = {baseline.name: baseline.run_id for baseline in store.baselines()}
    try:
        return store.run(named.get(name, name))
    except StoreError as error:
        if not named or name in named:
            raise
        raise StoreError(error.what, hint=f"{error.hint}; baselines: {', '.join(named)}") from None


def split_subject(text: str) -> tuple[str, str | None]:
    """``RUN::SUBJECT`` -> both; without a subject None."""
    run, _, subject = text.partition("::")
    return run, subject or None
