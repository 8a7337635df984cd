"""Versions of a prompt from git, from the store, and from both."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.prompt import Prompt
from evalkit.errors import UsageError
from evalkit.session.prompt_catalogue.catalogue import Catalogue, open_catalogue
from evalkit.session.prompt_catalogue.labels import remove_label, set_label
from evalkit.session.prompt_catalogue.resolve import prompt_of_version
from evalkit.session.prompt_catalogue.revert import revert
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.git_project import FILE, GitProject

ONE, TWO, THREE = (f"user:\n{word} {{{{ input }}}}\n" for word in ("Say", "Tell", "Shout"))
DRAFT = "user:\nWhisper {{ input }}\n"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Two versions, a move, a third one, and back to the first."""
    folder = tmp_path_factory.mktemp("project")
    project = GitProject(folder)
    commits = [
        project.commit("First", ONE, "old/support.jinja"),
        project.commit("Second\n\nIts reason.", TWO, "old/support.jinja"),
    ]
    (folder / "prompts").mkdir()
    project.git("mv", "old/support.jinja", FILE)
    commits += [project.commit("Move"), project.commit("Third", THREE), project.commit("Back", ONE)]
    project.git("tag", "release", commits[1])
    return folder, commits


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def used(store: Path, *texts: str, run_id: str = "run-a", at: float = 1.8e9) -> None:
    spool = Spool.create(store, run_id)
    for place, text in enumerate(texts):
        spool.add_prompt(Prompt.parse(text, "support"), created_at=at + place)
    spool.close()
    with Store.open(store, mode="write") as opened:
        opened.fold()


def numbers(catalogue: Catalogue) -> list[int | None]:
    return [each.version for each in catalogue.versions]


def test_git_alone_gives_versions_across_a_move_with_their_commits(history: tuple[Path, list[str]]) -> None:
    folder, commits = history
    found = open_catalogue("support", folder / "none", folder)
    assert [(each.version, each.template, each.git_commit) for each in found.versions] == [
        (1, ONE, commits[0]), (2, TWO, commits[1]), (3, THREE, commits[3]),
    ]  # fmt: skip
    second = found.versions[1]
    assert (second.message, second.git_author) == ("Second\n\nIts reason.", "Ada")
    assert [each.path for each in found.versions] == ["old/support.jinja", "old/support.jinja", FILE]
    assert [each.version for each in found.steps] == [1, 2, 3, 1]


@pytest.mark.parametrize("which", ["2", "v2", "release", "HEAD~3", "COMMIT", "HASH"])
def test_a_version_is_found_by_whatever_names_it(history: tuple[Path, list[str]], which: str) -> None:
    folder, commits = history
    found = open_catalogue("support", folder / "none", folder)
    words = {"COMMIT": commits[1][:9], "HASH": found.versions[1].prompt_hash[:6]}
    assert found.find(words.get(which, which)).template == TWO


def test_no_version_says_what_is_near(history: tuple[Path, list[str]], store: Path) -> None:
    folder, _ = history
    used(store, ONE)
    set_label(store, (found := open_catalogue("support", store, folder)), found.find("1"), "production")
    with pytest.raises(UsageError, match=r"has no version 'producton' \(did you mean production\?\)"):
        open_catalogue("support", store, folder).find("producton")
    with pytest.raises(UsageError, match=r"no prompt 'suport' \(did you mean support\?\)"):
        open_catalogue("suport", store, folder)


def test_without_git_texts_are_numbered_as_they_were_first_used(tmp_path: Path, store: Path) -> None:
    used(store, TWO, ONE)
    used(store, ONE, THREE, run_id="run-b")
    found = open_catalogue("support", store, tmp_path)
    assert [(each.version, each.template) for each in found.versions] == [(1, TWO), (2, ONE), (3, THREE)]


def test_a_store_learns_the_numbers_of_git_and_keeps_what_was_never_committed_as_a_draft(
    history: tuple[Path, list[str]], store: Path
) -> None:
    folder, _ = history
    used(store, DRAFT, THREE)
    assert numbers(open_catalogue("support", store, folder)) == [1, 2, 3, None]
    used(store, DRAFT + "Now!\n", run_id="run-b")  # numbered by nobody: git knows the prompt
    with Store.open(store) as opened:
        stored = {each.template: each.version for each in opened.prompts("support")}
    assert stored == {ONE: 1, TWO: 2, THREE: 3, DRAFT: None, DRAFT + "Now!\n": None}


def test_a_label_moves_and_its_history_stays(history: tuple[Path, list[str]], store: Path) -> None:
    folder, _ = history
    for which in ("1", "2"):
        found = open_catalogue("support", store, folder)
        set_label(store, found, found.find(which), "production")
    assert prompt_of_version("support", "production", folder, store).text == TWO
    with Store.open(store) as opened:
        rows = opened.connection.execute("SELECT count(*) FROM prompt_labels").fetchall()
    assert rows == [(2,)]
    remove_label(store, open_catalogue("support", store, folder), "production")
    assert open_catalogue("support", store, folder).labels == {}


@pytest.mark.parametrize("label", ["3", "v3", "cafe", "HEAD", "latest", "default", "a b", "@x"])
def test_what_may_be_a_number_or_a_commit_is_no_label(
    history: tuple[Path, list[str]], store: Path, label: str
) -> None:
    found = open_catalogue("support", store, history[0])
    with pytest.raises(UsageError, match="cannot be a label"):
        set_label(store, found, found.versions[0], label)


def test_a_label_needs_no_git(history: tuple[Path, list[str]], store: Path, tmp_path: Path) -> None:
    found = open_catalogue("support", store, history[0])
    set_label(store, found, found.find("3"), "candidate")
    assert prompt_of_version("support", "candidate", tmp_path, store).text == THREE


def test_revert_writes_an_earlier_text_and_never_over_one_that_would_be_lost(tmp_path: Path) -> None:
    project = GitProject(tmp_path)
    project.commit("First", ONE)
    project.commit("Second", TWO)
    file = tmp_path / FILE
    file.chmod(0o640)
    found = open_catalogue("support", tmp_path / "none", tmp_path)
    assert revert(found, found.find("1")) == file
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (ONE, 0o640)
    with pytest.raises(UsageError, match="has changes that were not committed"):
        revert(found, found.find("2"))
    revert(found, found.find("2"), is_forced=True)
    assert file.read_text(encoding="utf-8") == TWO
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_is_found_by_the_name_in_its_front_matter_and_two_are_told_apart(tmp_path: Path) -> None:
    project = GitProject(tmp_path)
    project.commit("One", f"---\nname: support\n---\n{ONE}", "prompts/terse.prompt.md")
    found = open_catalogue("support", tmp_path / "none", tmp_path)
    assert found.file == tmp_path / "prompts/terse.prompt.md"
    (tmp_path / "support.prompty").write_text(TWO, encoding="utf-8")
    with pytest.raises(UsageError, match=r"may be any of .*support\.prompty.*--file=PATH"):
        open_catalogue("support", tmp_path / "none", tmp_path)


def shallow(tmp_path: Path, origin: Path, depth: int = 1) -> Path:
    folder = tmp_path / "shallow"
    GitProject(tmp_path / "other").git("clone", "-q", f"--depth={depth}", origin.as_uri(), str(folder))
    return folder


def test_a_shallow_clone_has_no_numbers_and_says_why(
    history: tuple[Path, list[str]], tmp_path: Path, store: Path
) -> None:
    used(store, THREE)
    folder = shallow(tmp_path, history[0])
    found = open_catalogue("support", store, folder)
    assert [(each.template, each.version) for each in found.versions] == [(THREE, None), (ONE, None)]
    assert found.find("HEAD").template == ONE
    with pytest.raises(UsageError, match="version '1' of prompt 'support' is unknown: the clone is shallow"):
        found.find("1")
    assert any("git fetch --unshallow" in each for each in found.notes)


def test_a_shallow_clone_has_the_numbers_that_the_store_learnt_from_a_whole_one(
    history: tuple[Path, list[str]], tmp_path: Path, store: Path
) -> None:
    used(store, TWO)
    open_catalogue("support", store, history[0])
    found = open_catalogue("support", store, shallow(tmp_path, history[0]))
    assert {each.template: each.version for each in found.versions} == {ONE: 1, TWO: 2, THREE: 3}
    assert found.find("2").template == TWO


def test_a_shallow_clone_that_has_all_of_the_file_has_its_numbers(tmp_path: Path) -> None:
    project = GitProject(tmp_path / "origin")
    project.commit("Begin", "nothing", "README.md")
    project.commit("First", ONE)
    project.commit("Second", TWO)
    found = open_catalogue("support", tmp_path / "none", shallow(tmp_path, tmp_path / "origin", 3))
    assert (numbers(found), found.is_cut) == ([1, 2], False)


def test_no_text_comes_before_the_one_that_it_was_made_from(tmp_path: Path) -> None:
    """Commits of one second, on two branches."""
    project = GitProject(tmp_path)
    project.is_quick = True
    project.commit("root", "user:\nroot {{ input }}\n")
    project.git("checkout", "-q", "-b", "side")
    project.commit("side", "user:\nside {{ input }}\n")
    project.commit("more", "user:\nmore {{ input }}\n")
    project.git("checkout", "-q", "main")
    project.commit("main", "user:\nmain {{ input }}\n")
    project.git("merge", "-q", "-s", "ours", "side", "-m", "merge")
    found = open_catalogue("support", tmp_path / "none", tmp_path)
    assert found.versions[0].message == "root"
