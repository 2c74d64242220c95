"""A certificate that this program makes; browsers warn about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from installer.answers.tls_modes.base import TlsMode
from installer.core.installation_files import SELF_SIGNED

if TYPE_CHECKING:
    from installer.answers.model import Answers, Secrets
    from installer.certificates.model import Certificate


class SelfSigned(TlsMode):
    """Made again when the one in use no longer fits the address or expires."""

    name = "self-signed"
    icon = "pencil"
    position = 5
    further = True
    fields = frozenset({"redirect"})
    serves = True
    files = SELF_SIGNED
    renewer = "self"

    def certificate(
        self, answers: Answers, secrets: Secrets, in_use: str, now: datetime
    ) -> Certificate | None:
        """The one *in_use* as long as it fits, else a new one."""
        from installer.certificates.self_signed import self_signed

        return self_signed(answers.site_address, in_use, now)
