"""A project that is being reviewed: its journal, its board and its site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from evalkit.core.message import Media
from evalkit.core.review import ReviewProject
from evalkit.core.text import plural
from evalkit.errors import StoreLockedError, UsageError
from evalkit.review.agreement import agreement_of
from evalkit.review.api import Contents, ReviewApi, keys_of
from evalkit.review.board import Board
from evalkit.review.conversation import without_keys
from evalkit.store.journal import Journal
from evalkit.store.review_content import contents, media_of
from evalkit.store.reviews import project_row, reviews_of
from evalkit.store.store import Store
from evalkit.web.application import Site
from evalkit.web.secret import kept_secret
from evalkit.web.static_files import static_files
from evalkit.web.visitors import Visitors

#: How long ending waits for others to let go of the store: what is not folded then the next command folds.
_FOLD_S = 10.0


class Desk:
    """What a server needs of a project; use ``Desk.open`` in a ``with``.

    The store is open only while it is read: others read and write it meanwhile, and fold what the journal
    holds. One process has a project at a time.

    Attributes:
        notes: what the user should know.
    """

    def __init__(self, path: Path, board: Board, shown: Contents, journal: Journal, notes: list[str]) -> None:
        self.path = path
        self.board = board
        self.notes = notes
        self._shown = shown
        self._journal = journal

    @classmethod
    def open(cls, path: Path, project: ReviewProject, reviewers: Sequence[str], overlap: int) -> Desk:
        """Raises UsageError where another process has the project, StoreError where the store or the folder
        beside it cannot be used."""
        journal = Journal.open(path, f"review-{project.project_id}")
        if journal is None:
            hint = "open the link that it printed, or end it first"
            raise UsageError("another 'evalkit review' already serves this project", hint=hint)
        try:
            journal.append([("review_projects", project_row(project))])
            with Store.open(path, mode="write") as store:
                notes = store.fold().notes
                earlier = reviews_of(store.connection, project.evaluation_ids)
                found = contents(store.connection, [key for item in project.items for key in keys_of(item)])
        except BaseException:
            journal.close()
            raise
        shown = {key: without_keys(content) for key, content in found.items()}
        items = tuple(item for item in project.items if shown.keys() >= set(keys_of(item)))
        if len(items) < len(project.items):
            notes.append(
                f"{plural(len(project.items) - len(items), 'item')} left out: its answers no longer exist"
            )
        board = Board(replace(project, items=items), reviewers, overlap, earlier, journal)
        return cls(path, board, Contents(shown, lambda sha256: _media(path, sha256)), journal, notes)

    def site(
        self, visitors: Visitors, names: frozenset[str], port: int, on_failure: Callable[[str], None]
    ) -> Site:
        """Its pages and its API, for these visitors, at this port."""
        api = ReviewApi(self.board, self._shown, agreement_of)
        pages = {**static_files("evalkit.web", "shared"), **static_files("evalkit.review", "pages")}
        return Site(pages, api.endpoints(), visitors, names, f"evalkit_review_{port}", on_failure)

    def visitors(self) -> Visitors:
        """The reviewers, with the links and the browsers that they had when the project was served before.

        Raises StoreError where nothing can be written beside the store.
        """
        path = self.path.with_name(f"{self.path.name}.review-secret")
        return Visitors(self.board.reviewers, kept_secret(path, self.board.project.project_id))

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is lost where the store is held by others: any later command folds the journal."""
        self._journal.close()
        with suppress(StoreLockedError), Store.open(self.path, mode="write", timeout_s=_FOLD_S) as store:
            self.notes += store.fold().notes


def _media(path: Path, sha256: str) -> Media | None:
    with Store.open(path, is_folding=False) as store:
        return media_of(store.connection, sha256)
