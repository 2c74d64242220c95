"""A pasted fingerprint is compared with the one that a server shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.hosts.ssh.fingerprints import LONGEST, compare

OURS = "SHA256:Qm3x9Rk2Vt0cLz8PyH5bW1dNe7JsU4aFo6GiK2rTxEw"
OTHER = "SHA256:b7TtYpKq0Zx1mNfVw5Jc3GhRs8LuEd2AoXi6QyHk9Cg"
#: As the card for the key shows it.
SPACED = "SHA256:Qm3x 9Rk2 Vt0c Lz8P yH5b W1dN e7Js U4aF o6Gi K2rT xEw"
TYPE = "ssh-ed25519"
MD5 = "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"
CONSOLE = f"""ci-info: no authorized SSH keys fingerprints found for user root.
<14>Dec  3 04:00:00 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----
<14>Dec  3 04:00:00 cloud-init: 256 {OTHER} root@vps (ECDSA)
<14>Dec  3 04:00:00 cloud-init: 256 {OURS} root@vps (ED25519)
<14>Dec  3 04:00:00 cloud-init: -----END SSH HOST KEY FINGERPRINTS-----"""


@pytest.mark.parametrize(
    ("pasted", "verdict"),
    [
        (OURS, "equal"),
        (f"  {OURS}=\n", "equal"),
        (OURS.removeprefix("SHA256:"), "equal"),
        (OURS.replace("SHA256", "sha256"), "equal"),
        (f"ssh-ed25519 {OURS}", "equal"),
        (f"256 {OURS} root@vps (ED25519)", "equal"),
        (f'"{OURS}".', "equal"),
        (OURS.replace("SHA256:", "ＳＨＡ２５６："), "equal"),
        (CONSOLE, "equal"),
        (CONSOLE.replace("\n", " "), "equal"),
        (f"256 MD5:{MD5} root@vps (ED25519) 256 {OURS} root@vps (ED25519)", "equal"),
        (OTHER, "different"),
        (OURS.swapcase().replace("sha", "SHA"), "different"),
        (f"ssh-ed25519 {OTHER}", "different"),
        (f"256 {OTHER} root@vps (ED25519)", "different"),
        (f"{OTHER} (made up)", "different"),
        (f"256 {OTHER} root@vps (ECDSA) 256 {OTHER}", "different"),
        (MD5, "md5"),
        (f"2048 MD5:{MD5.upper()} root@vps (RSA)", "md5"),
        (SPACED, "own"),
        ("", ""),
        (" \n", ""),
        (OURS[:-1], "none"),
        (OURS + "A", "none"),
        ("SHA256:", "none"),
        ("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", "none"),
        ("x" * LONGEST + " " + OURS, "none"),
    ],
)
def test_what_is_pasted(pasted: str, verdict: str) -> None:
    assert compare(pasted, OURS, TYPE) == (verdict, "")


def test_another_key_of_the_same_server_is_no_other_server() -> None:
    assert compare(f"256 {OTHER} root@vps (ECDSA)", OURS, TYPE) == ("other_type", "ECDSA")
    assert compare(f"ssh-rsa {OTHER}", OURS, TYPE) == ("other_type", "RSA")
    assert compare(f"ecdsa-sha2-nistp256 {OTHER}", OURS, "ecdsa-sha2-nistp256") == ("different", "")


@given(st.text(max_size=200))
def test_no_other_text_is_equal(text: str) -> None:
    assert compare(text, OURS, TYPE)[0] != "equal"
    assert compare(f"{text} {OTHER}", OURS, TYPE)[0] != "equal"
