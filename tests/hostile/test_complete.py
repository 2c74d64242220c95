"""Every module that takes apart what others wrote is given hostile input here, or says why it is not."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
#: What raises for input that is not as expected. ``untrusted.values`` raises nothing: it counts for none.
PARSERS = frozenset(
    {
        *(
            "json",
            "yaml",
            "zipfile",
            "tarfile",
            "struct",
            "tomllib",
            "plistlib",
            "gzip",
            "base64",
            "binascii",
        ),
        *("installer.untrusted.json", "installer.untrusted.yaml", "installer.untrusted.zip"),
    }
)
#: Modules that no file here imports → why that is enough.
REASONS = {
    "installer.redaction.forms": "writes: the forms in which a secret may occur",
    "installer.support.gather": "gathers parts of the report: each may fail alone",
    "installer.support.parts": "writes JSON",
    "installer.support.write": "writes JSON and an archive",
    "installer.image_transfer.archive": "writes an archive",
    "installer.certificates.roots": "writes: the address of an issuer's name",
    "installer.cli.output": "writes JSON",
    "installer.config.override": "writes JSON",
    "installer.config.store_parts": "writes JSON",
    "installer.docker.api": "the version that the Engine tells, by docker-py: tests/unit/docker",
    "installer.external.azure": "the key that a person gave",
    "installer.untrusted.zip": "through test_release: archives and reports",
    "installer.core.app_files": "through test_files: preferences, drafts, servers",
    "installer.hosts.archive": "writes an archive",
    "installer.hosts.local.job_runner": "the job that this program wrote for itself",
    "installer.hosts.local.pull": "writes lines that test_streams reads",
    "installer.docker.pulls": "writes the line that test_streams reads",
    "installer.state.journal": "writes lines that test_files reads",
    "installer.logs.export": "writes an archive",
    "installer.state.record": "reads by Record.parse: test_release",
    "installer.release.compose_file": "through test_release: ReleaseModel.read",
    "installer.repairs.builders": "writes JSON",
    "installer.core.resources": "the program's own files",
    "installer.answers.problems": "writes TOML",
    "installer.answers.refusal": "writes a value into an error",
}


def imported(path: Path) -> set[str]:
    """The modules that *path* imports, and what it takes from them, by their dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_module_that_takes_something_apart_is_named() -> None:
    here = set[str]().union(*map(imported, FOLDER.glob("*.py")))
    readers = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "installer").rglob("*.py")
        if PARSERS & imported(path)
    }
    assert readers - here == {*REASONS}
