"""Plain HTTP."""

from __future__ import annotations

from installer.answers.tls_modes.base import TlsMode


class Off(TlsMode):
    """No HTTPS."""

    name = "off"
    icon = "globe"
    position = 3
    explained = False
