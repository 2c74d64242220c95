"""Who may open a file with secrets, as the Windows Python makes it.

Wine maps rights to modes of Linux: it shows that others get none, but keeps no mark for "nothing from the
folder" (P), and has neither administrators nor a second user who could try.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.windows.conftest import Wine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LOOK = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
import win32security as w
from installer.hosts.local.files import create_file, write_file
folder = Path(sys.argv[1])
as_text = w.ConvertSecurityDescriptorToStringSecurityDescriptor
rights = lambda n: as_text(w.GetFileSecurity(str(folder / n), 4), 1, 4)
write_file(str(folder / "secret"), b"old", 0o600)
write_file(str(folder / "secret"), b"a\\nb", 0o600)
print(json.dumps({
    "made": create_file(str(folder / "new"), b"x", 0o600),
    "again": create_file(str(folder / "new"), b"y", 0o600),
    "plain": write_file(str(folder / "plain"), b"x", 0o644),
    "text": (folder / "secret").read_bytes().decode(),
    "names": sorted(os.listdir(folder)),
    **{f"rights of {n}": rights(n) for n in ("secret", "new", "plain")},
}))
"""
EVERYBODY = ";;;WD)"


def test_others_have_no_rights(wine: Wine, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    ran = wine.python("-c", LOOK, wine.path(tmp_path))
    assert ran.exit_code == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["made"] is True and found["again"] is False
    assert found["text"] == "a\nb" and found["names"] == ["new", "plain", "secret"]
    assert EVERYBODY not in found["rights of secret"] + found["rights of new"]
    assert EVERYBODY in found["rights of plain"]
