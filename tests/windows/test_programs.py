"""Programs of Windows, found with the Windows Python: a decoy in the current folder is not taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.windows.conftest import Wine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LOOK = """
import json, os, sys
sys.path.insert(0, os.getcwd())
from installer.hosts.local.programs import find_program, finish, system_program
os.chdir(sys.argv[1])
here = os.environ["PATH"]
print(json.dumps({
    "alone": find_program("docker", {"PATH": here}),
    "dot": find_program("docker", {"PATH": ".;;" + here}),
    "named": find_program("docker", {"PATH": sys.argv[1]}),
    "icacls": system_program("icacls.exe"),
    "guard": os.environ.get("NoDefaultCurrentDirectoryInExePath"),
}))
"""


def test_a_decoy_in_the_current_folder_is_not_taken(wine: Wine, tmp_path: Path) -> None:
    (tmp_path / "docker.exe").write_bytes(b"MZ")
    ran = wine.python("-c", LOOK, wine.path(tmp_path))
    assert ran.exit_code == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["alone"] is None and found["dot"] is None
    assert found["named"].lower().endswith("docker.exe")
    assert found["icacls"].lower() == r"c:\windows\system32\icacls.exe"
    assert found["guard"] == "1"
