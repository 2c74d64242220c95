"""The TLS modes (``tls.mode``): one class in one module for each, and the tuple that registers them."""

from __future__ import annotations

from installer.answers.tls_modes.base import TlsMode
from installer.answers.tls_modes.letsencrypt import LetsEncrypt
from installer.answers.tls_modes.off import Off
from installer.answers.tls_modes.own import Own
from installer.answers.tls_modes.proxy import Proxy
from installer.answers.tls_modes.self_signed import SelfSigned

#: In the order in which a refusal names them.
MODES: tuple[TlsMode, ...] = (Off(), Own(), SelfSigned(), LetsEncrypt(), Proxy())


def mode_named(name: object) -> TlsMode:
    """The mode *name*; ``Off`` for a value that is none, which ``problems`` refuses."""
    return next((mode for mode in MODES if mode.name == name), MODES[0])


def mode_of_file(name: str) -> TlsMode | None:
    """The mode that places the certificate *name*."""
    return next((mode for mode in MODES if mode.files and mode.files[0] == name), None)


__all__ = [
    "MODES",
    "LetsEncrypt",
    "Off",
    "Own",
    "Proxy",
    "SelfSigned",
    "TlsMode",
    "mode_named",
    "mode_of_file",
]
