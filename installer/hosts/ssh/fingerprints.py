"""Compares a fingerprint that a person pasted with the one that a server shows.

Pasted are whole lines of ``ssh-keygen -l`` (``256 SHA256:… root@host (ED25519)``), what cloud-init prints on
a console (one such line for each key), or the bare fingerprint.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

#: ``""``: nothing was pasted. ``other_type``: of another key of the server, as its type says.
#: ``own``: spaced as this program shows it, so copied from its window. ``none``: no whole fingerprint.
Verdict = Literal["", "equal", "different", "other_type", "md5", "own", "none"]

#: Longer text is not read: the host keys of a server in cloud-init's words have about 500 characters.
LONGEST = 4000
_BASE64 = "[A-Za-z0-9+/]"
_SHA256 = re.compile(
    rf"(?:(?P<type>[a-z0-9@.-]{{5,40}})\s+)?(?:SHA256:|(?<![A-Za-z0-9+/:]))(?P<digest>{_BASE64}{{43}})"
    rf"(?![A-Za-z0-9+/])",
    re.IGNORECASE,
)
_MD5 = re.compile(r"(?:MD5:|(?<![0-9a-f:]))([0-9a-f]{2}:){15}[0-9a-f]{2}(?![0-9a-f:])", re.IGNORECASE)
_TYPE_BEHIND = re.compile(r"\(([A-Z0-9-]{3,20})\)")
_SPACED = re.compile(rf"(?<!{_BASE64})({_BASE64}{{4}} ){{10}}{_BASE64}{{3}}(?!{_BASE64})")


def short_type(key_type: str) -> str:
    """``ED25519`` of ``ssh-ed25519``, as ssh-keygen writes it; unknown types as they are."""
    for part, short in (("ed25519", "ED25519"), ("ecdsa", "ECDSA"), ("rsa", "RSA"), ("dss", "DSA")):
        if part in key_type.lower():
            return f"{short}-SK" if key_type.startswith("sk-") else short
    return key_type.upper()


def compare(pasted: str, fingerprint: str, key_type: str) -> tuple[Verdict, str]:
    """What *pasted* says of the key of *key_type* with *fingerprint* (``SHA256:…``); with ``other_type`` the
    type that it names instead, else an empty text. Of several fingerprints one that is equal counts."""
    text = unicodedata.normalize("NFKC", pasted[:LONGEST]).strip()
    if not text:
        return "", ""
    if _SPACED.search(text):
        return "own", ""
    found = list(_SHA256.finditer(text))
    if not found:
        return ("md5" if _MD5.search(text) else "none"), ""
    digest = fingerprint.rpartition(":")[2]
    if any(match["digest"] == digest for match in found):
        return "equal", ""
    ends = [*(match.start() for match in found[1:]), len(text)]
    types = {_type_of(match, text[match.end() : end]) for match, end in zip(found, ends, strict=True)}
    if "" in types or short_type(key_type) in types:
        return "different", ""
    return "other_type", ", ".join(sorted(types))


def _type_of(match: re.Match[str], behind: str) -> str:
    """The key type beside a fingerprint in ssh-keygen's words, or an empty text."""
    before = short_type(match["type"] or "")
    known = {"ED25519", "ECDSA", "RSA", "DSA", "ED25519-SK", "ECDSA-SK"}
    named = _TYPE_BEHIND.search(behind)
    if named is not None and named[1] in known:
        return named[1]
    return before if before in known else ""
