"""Variants are text with at most one value."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.lab import LabError
from tests.lab.variants import VARIANTS, boot_scripts, script, takes_value


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh")
@pytest.mark.parametrize("name", list(VARIANTS))
def test_every_variant_is_valid_shell(name: str) -> None:
    text = script(f"{name}=5" if takes_value(name) else name)
    assert subprocess.run(["sh", "-n"], input=text.encode(), check=False).returncode == 0


def test_the_value_is_quoted() -> None:
    assert "'5; reboot'" in script("maxsessions=5; reboot")


@pytest.mark.parametrize("wrong", ["nonsense", "disk", "noisy=1"])
def test_what_is_refused(wrong: str) -> None:
    with pytest.raises(LabError):
        script(wrong)


def test_scripts_keep_their_order() -> None:
    names = list(boot_scripts(["noisy", "disk=1M"], ["echo x"]))
    assert names == sorted(names)
    assert [name[3:] for name in names] == ["noisy.sh", "disk.sh", "extra.sh"]
