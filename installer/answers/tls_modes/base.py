"""What a TLS mode says about itself. All other code asks these attributes and compares no names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from installer.answers.model import Answers, Secrets
    from installer.certificates.model import Certificate
    from installer.core.errors import InstallError

#: Who renews the certificate: the user, this program with the next ``apply``, or a timer on the target.
Renewer = Literal["you", "self", "machine"]


class TlsMode:
    """A value of ``tls.mode``. The defaults are those of a mode without any certificate of ours."""

    #: As the answers file, the record and ``status --json`` have it.
    name: ClassVar[str]
    #: The icon of its card on Settings (``resources/icons``), and where the card stands, from 1.
    icon: ClassVar[str]
    position: ClassVar[int]
    #: Whether its card is shown on demand only.
    further: ClassVar[bool] = False
    #: Whether ``settings.https_<text_key>_about`` explains it once it is chosen.
    explained: ClassVar[bool] = True
    #: The fields of ``[tls]`` that count. Others are refused in a file, and left out by the wizard, which
    #: shows the panels of these fields. With ``hsts`` browsers have to trust the certificate.
    fields: ClassVar[frozenset[str]] = frozenset()
    #: The same for ``[tls]`` of the secrets file.
    secrets: ClassVar[frozenset[str]] = frozenset()
    #: Whether Dify's own nginx speaks TLS.
    serves: ClassVar[bool] = False
    #: Whether another web server in front of Dify speaks TLS.
    in_front: ClassVar[bool] = False
    #: Whether the target gets its certificate from an authority (ACME).
    acme: ClassVar[bool] = False
    #: Names of certificate and key in ``CERTIFICATE_FOLDER``, where this program places them.
    files: ClassVar[tuple[str, str] | None] = None
    renewer: ClassVar[Renewer] = "you"

    @property
    def text_key(self) -> str:
        """Its part of the keys of texts."""
        return self.name.replace("-", "_")

    @property
    def encrypted(self) -> bool:
        """Whether browsers use HTTPS."""
        return self.serves or self.in_front

    @property
    def trusted(self) -> bool:
        """Whether browsers trust the certificate: only then HSTS makes sense."""
        return "hsts" in self.fields

    def problems(self, answers: Answers) -> Iterator[InstallError]:
        """What is wrong with *answers* in this mode. Pure."""
        yield from ()

    def certificate(
        self, answers: Answers, secrets: Secrets, in_use: str, now: datetime
    ) -> Certificate | None:
        """The certificate to place as ``files``, for the site's address for sure; None without ``files``.
        *in_use*: certificate and key (PEM) that this program made and that are in use; *now* is aware.

        Raises ``InstallError(CERTIFICATE_UNREADABLE)``.
        """
        return None
