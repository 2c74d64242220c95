"""Folders of a target, on whichever system."""

from __future__ import annotations

import pytest

from installer.core.paths import on_servers, same_folder


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/opt/dify/docker", "/opt/dify/docker/", True),
        ("/opt/dify", "/opt/Dify", False),
        ("C:\\Users\\Anna\\Dify\\docker", "c:/users/anna/dify/docker", True),
        ("C:\\Dify", "D:\\Dify", False),
        ("\\\\wsl.localhost\\Ubuntu\\home\\a", "\\\\WSL.localhost\\ubuntu\\home\\a\\", True),
        ("", "", False),
    ],
)
def test_same_folder(one: str, other: str, same: bool) -> None:
    assert same_folder(one, other) is same


@pytest.mark.parametrize(
    ("directory", "fits"),
    [("/opt/dify", True), ("", True), ("~/Dify", False), ("D:\\Dify", False), ("\\\\nas\\dify", False)],
)
def test_folders_of_servers(directory: str, fits: bool) -> None:
    assert on_servers(directory) is fits
