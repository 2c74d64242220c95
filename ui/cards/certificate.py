"""What was read from a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from installer.core.thresholds import threshold
from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import Card, clear, column, label, row
from ui.widgets.pill import Pill, Tone

if TYPE_CHECKING:
    from installer.certificates.model import CertificateInfo


class CertificateCard(Card):
    """Names, issuer, validity, chain. Rebuilt only when the certificate changes."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(margins=14)
        self._ui = ui
        self._shown = ""
        self.lines: dict[str, str] = {}

    def show_certificate(self, info: CertificateInfo) -> None:
        """Show *info*."""
        wanted = f"{info.fingerprint} {info.days_left} {len(info.chain)}"
        if wanted == self._shown:
            return
        self._shown = wanted
        ui = self._ui
        self.lines = {
            "names": ", ".join(info.names),
            "issuer": info.issuer,
            "until": until(ui, info),
            "chain": chain(ui, info),
        }
        said = [f"{ui.t(f'certificate.{name}')}: {text}" for name, text in self.lines.items()]
        self.setAccessibleName(ui.t("certificate.read"))
        self.setAccessibleDescription(" ".join(said))
        self._lay_out(info)

    def _lay_out(self, info: CertificateInfo) -> None:
        clear(self.body)
        ui, (tone, word) = self._ui, verdict(self._ui, info)
        self.body.addLayout(row(label(ui.t("certificate.read"), bold=True), None, Pill(ui, tone, word)))
        for name, text in self.lines.items():
            caption = label(ui.t(f"certificate.{name}"), "second", size=0.92, wrap=True)
            caption.setFixedWidth(130)
            line = row(column(caption, None))
            line.addWidget(label(text, wrap=True), 1)
            self.body.addLayout(line)
        if info.trust == "unknown":
            key = "certificate.self_signed" if info.self_signed else "certificate.private"
            self.body.addSpacing(SPACE_XS)
            self.body.addWidget(label(ui.t(key), "second", size=0.92, wrap=True))


def verdict(ui: Ui, info: CertificateInfo) -> tuple[Tone, str]:
    """One word for it."""
    if info.days_left < threshold("certificate", "warn"):
        return "warning", ui.t("certificate.soon")
    return "ok", ui.t("certificate.fine")


def until(ui: Ui, info: CertificateInfo) -> str:
    """Until when, and how many days that is."""
    at = ui.moment(info.not_after.timestamp())
    return ui.t("certificate.until_days", at=at, days=ui.count(info.days_left))


def chain(ui: Ui, info: CertificateInfo) -> str:
    """Each certificate that is sent, and who vouches for the last one."""
    links = [link.subject for link in info.chain]
    if info.self_signed:
        return links[0]
    return " → ".join([*links, info.chain[-1].issuer])
