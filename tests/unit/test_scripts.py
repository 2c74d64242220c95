"""All scripts for servers: how a value gets into one, and that none is ever read as shell."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers.model import Repairs
from installer.answers.problems import CHECKS
from installer.core.resources import FOLDER, script
from installer.facts.model import DockerFacts
from installer.repairs.builders import BUILDERS
from installer.repairs.catalogue import Inputs
from tests.shells import SHELLS
from tests.situations import ANSWERS, GOOD

SCRIPTS = sorted((FOLDER / "scripts").rglob("*.sh"))
FIELD = re.compile(r"@[A-Z][A-Z0-9_]*@")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts for servers")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_field_stands_alone_behind_the_name_of_a_variable(path: Path) -> None:
    """In double quotes, a here-document or a comment it could be read as shell, quoted or not."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if FIELD.search(line)]
    assert [line for line in lines if not re.fullmatch(r"[a-z][a-z0-9_]*=@[A-Z][A-Z0-9_]*@", line)] == []
    assert len({FIELD.search(line)[0] for line in lines}) == len(lines), "each once"  # type: ignore[index]


def hostile(canary: Path) -> tuple[str, ...]:
    """Texts that would make *canary* if a shell read them."""
    made = f"touch {canary}"
    return (
        f"$({made})",
        f"`{made}`",
        f"'; {made}; '",
        f'"; {made}; "',
        f"x\n{made}\n",
        f"\\$({made}) \\' ${{x:-$({made})}}",
        f"EOF\n{made}\n@FIELD@ $@ * ~",
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("shell", SHELLS)
def test_no_value_of_a_field_is_read_as_shell(path: Path, shell: str, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    fields = re.findall(r"(?m)^([a-z][a-z0-9_]*)=@([A-Z0-9_]+)@$", text)
    if not fields:
        return
    for value in hostile(tmp_path / "canary"):
        filled = script(text, {name: value for _, name in fields})
        lines = [f"{name}={_quoted(value)}" for name, _ in fields]
        assert all(line in filled for line in lines)
        told = "\n".join([*lines, *(f'printf "%s|" "${name}"' for name, _ in fields)])
        done = subprocess.run([*SHELLS[shell], "-c", told], capture_output=True, text=True, check=True)
        assert done.stdout == f"{value}|" * len(fields)
        words = [*SHELLS[shell], "-n"]
        whole = subprocess.run(words, input=filled, capture_output=True, text=True, check=False)
        assert whole.returncode == 0, whole.stderr
    assert not (tmp_path / "canary").exists()


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\"'\"'") + "'"


@pytest.mark.parametrize("repair", ["daemon.proxy", "daemon.mirror"])
@pytest.mark.parametrize("shell", SHELLS)
def test_an_address_of_the_answers_is_no_command(repair: str, shell: str, tmp_path: Path) -> None:
    """Docker answers with the address as it was given, so that the script gets to the line that tells it."""
    canary = tmp_path / "canary"
    address = f"http://proxy.example:3128/$(touch${{IFS}}{canary})`touch {canary}`'"
    asked = replace(ANSWERS, repairs=Repairs(proxy=address, mirror=address))
    facts = replace(GOOD, docker=DockerFacts(server="28.0.0"))
    draft = BUILDERS[repair](Inputs(facts, asked, (), admin=True))
    assert draft is not None
    _docker(tmp_path, address)
    text = draft.stages[0].argv[2].replace("/etc/docker/daemon.json", f"{tmp_path}/daemon.json")
    (tmp_path / "daemon.json.new").write_text("{}")
    done = subprocess.run(
        [*SHELLS[shell], "-c", text],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert f"Docker uses {address} now." in done.stdout, done.stderr
    assert not canary.exists()


def _docker(folder: Path, address: str) -> None:
    (folder / "address").write_text(address)
    for name, text in {"docker": f'cat "{folder}/address"', "dockerd": ":", "systemctl": ":"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", ["repairs.proxy", "repairs.mirror"])
@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("http://proxy.example:3128", True),
        ("https://mirror.example/docker-hub/v2_1/", True),
        ("http://proxy.example/$(id)", False),
        ("http://proxy.example/`id`", False),
        ("http://proxy.example/a'b", False),
        ("http://proxy.example/a;b", False),
        ("http://proxy.example/[1-9]", False),
        ("http://proxy.example/{a,b}", False),
    ],
)
def test_an_address_has_a_plain_path(name: str, value: str, good: bool) -> None:
    assert (CHECKS[name](value) is None) is good
