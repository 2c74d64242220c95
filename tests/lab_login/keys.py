"""Keys of every kind in every format, made by OpenSSH's and PuTTY's own programs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab_login.rows import KINDS

PASSPHRASE = "Canary-phrase \"q' %s 鍵"
_STRANGERS = 4
_CONVERT = {"pem": "PEM", "pkcs8": "PKCS8"}


@dataclass(frozen=True)
class KeyRing:
    """*folder* holds the keys; *authorized* is what a server that knows them has on file."""

    folder: Path
    authorized: str

    @classmethod
    def make(cls, folder: Path) -> KeyRing:
        """New keys, and some that no server knows."""
        folder.mkdir()
        for kind in KINDS:
            _keygen("-t", kind, "-N", "", "-f", folder / kind)
        for n in range(_STRANGERS):
            _keygen("-t", "ed25519", "-N", "", "-f", folder / f"stranger{n}")
        return cls(folder, "".join((folder / f"{kind}.pub").read_text() for kind in KINDS))

    @property
    def strangers(self) -> list[Path]:
        """Keys that no server knows."""
        return [self.folder / f"stranger{n}" for n in range(_STRANGERS)]

    def file(self, way: str, kind: str, *, locked: bool) -> Path:
        """The key of *kind* in the format *way*."""
        target = self.folder / f"{way}-{kind}-{locked}"
        if not target.exists():
            phrase = PASSPHRASE if locked else ""
            if way.startswith("ppk"):
                self._putty(target, kind, way.removeprefix("ppk"), phrase)
            else:
                shutil.copy(self.folder / kind, target)
                convert = ["-m", _CONVERT[way]] if way in _CONVERT else []
                _keygen("-p", *convert, "-N", phrase, "-f", target)
        return target

    def _putty(self, target: Path, kind: str, version: str, phrase: str) -> None:
        if not shutil.which("puttygen"):
            pytest.skip("no puttygen (package putty-tools)")
        words = target.with_suffix(".words")
        words.write_text(phrase)
        options: list[str | Path] = ["-O", "private", "-o", target, "--new-passphrase", words]
        options += ["--ppk-param", f"version={version},memory=1024,passes=2"]
        subprocess.run(["puttygen", self.folder / kind, *options], check=True)
        words.unlink()


def _keygen(*words: str | Path) -> None:
    subprocess.run(["ssh-keygen", "-q", *words], check=True, stdin=subprocess.DEVNULL)
