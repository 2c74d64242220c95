"""Certificate: how Dify is encrypted, until when, who renews it; renewing it now, and another way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from PySide6.QtWidgets import QLabel, QWidget

from installer.core.errors import InstallError
from installer.core.formatting import moment_or_time
from installer.https.https_now import HttpsNow, Word, judge
from installer.https.site_certificate import CertificateState
from installer.views.panel import Https, PanelState, Tone
from ui.cards.certificate import chain, until
from ui.intents import CopyText
from ui.panel.intents import ChangeSettings, RefreshCertificate, RenewCertificate, StopRenewal
from ui.panel.overview.facts import fact
from ui.panel.section import Notices, Section
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.basics import Card, RowCard, button, clear, column, icon_button, label, mono, row
from ui.widgets.cause import CauseCard
from ui.widgets.pill import ICONS, tone_color
from ui.widgets.tab_order import tab_as_read

#: What is no certificate of ours, and words about one that are no reason to do something.
_TONES: Mapping[str, Tone] = {
    "fine": "ok",
    "front": "ok",
    "self_signed": "neutral",
    "absent": "neutral",
    "over": "stop",
    "early": "stop",
}


class CertificateSection(Section):
    """The facts are rebuilt only when one of them changes."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("certificate.title"), ui.t("certificate.sentence"))
        self._facts: tuple[tuple[str, str], ...] = ()
        self._said = ""
        self._error: InstallError | None = None
        self.change = button(
            ui.t("certificate.change"), lambda: self.ask(ChangeSettings("tls.mode")), "outline"
        )
        self.renew = button(ui.t("certificate.renew"), lambda: self.ask(RenewCertificate()), "outline")
        self.again = icon_button(
            ui, "refresh-cw", ui.t("certificate.look"), lambda: self.ask(RefreshCertificate())
        )
        self.compose_head(None, None, self.again, self.renew, self.change)
        self.notices = Notices(ui, self.ask)
        self.verdict = self._verdict()
        self.busy = self._busy()
        self.wish = label("", "second", wrap=True)
        self.cause = CauseCard(ui)
        self.card = RowCard()
        for part in (self.notices, self.verdict, self.busy, self.wish, self.cause, self.card):
            self.body.addWidget(part)
            part.hide()
        self.body.addStretch(1)

    def _verdict(self) -> Card:
        card = Card()
        self._mark = QLabel()
        self._mark.setFixedSize(20, 20)
        self.word, self.about = label(bold=True, wrap=True), label("", "second", wrap=True)
        line = row(column(self._mark, None), space=10)
        line.addLayout(column(self.word, self.about, space=2), 1)
        card.body.addLayout(line)
        return card

    def _busy(self) -> Card:
        card = Card(tone="accent")
        self.doing = label(wrap=True)
        self.stop = button(self.ui.t("common.cancel"), lambda: self.ask(StopRenewal()))
        line = row(space=10)
        line.addWidget(self.doing, 1)
        line.addWidget(self.stop)
        card.body.addLayout(line)
        return card

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        https, found = state.https, state.https.now
        self.notices.show_state(state, now)
        self._show_busy(https, now)
        self._show_error(https)
        self.wish.setText(self.ui.t(f"certificate.wish_{https.wish}") if https.wish else "")
        self.wish.setVisible(bool(https.wish) and https.error is None and not https.busy)
        self.verdict.setVisible(found is not None)
        if found is not None:
            self._show_verdict(found, now)
        self._show_facts(
            _facts(self.ui, found, datetime.fromtimestamp(now, UTC)) if found is not None else ()
        )
        self._show_buttons(state)

    def _show_buttons(self, state: PanelState) -> None:
        https, found = state.https, state.https.now
        idle = not https.busy and state.lost is None
        renewal = found.certificate.renewal if found and found.certificate else None
        self.renew.setVisible(renewal is not None)
        self.change.setVisible(found is None or found.how != "absent")
        for shown in (self.renew, self.change, self.again):
            shown.setEnabled((idle and not state.acting) or shown.hasFocus())

    def _show_busy(self, https: Https, now: float) -> None:
        first = https.busy == "look" and https.now is None
        shown = https.busy == "renew" or first
        self.busy.setVisible(shown)
        self.stop.setVisible(https.busy == "renew")
        if shown:
            since = self.ui.t("common.since", time=self.ui.duration(max(0.0, now - https.since)))
            what = self.ui.t(f"certificate.busy_{https.busy}")
            self.doing.setText(f"{what} {since}")
            self._tell(what)

    def _show_error(self, https: Https) -> None:
        error = https.error
        self.cause.setVisible(error is not None)
        if error is not None and error is not self._error:
            retry = (self.ui.t("common.try_again"), lambda: self.ask(RefreshCertificate()))
            self.cause.show_error(error, [] if https.now is not None else [retry])
            self._tell(self.ui.cause(error).what, urgent=True)
            tab_as_read(self)
        self._error = error

    def _show_verdict(self, found: HttpsNow, now: float) -> None:
        word = word_of(found, datetime.fromtimestamp(now, UTC))
        tone = _TONES.get(word, "warning")
        alone = word == "over" and found.certificate is not None and found.certificate.renewal is None
        title = self.ui.t(f"certificate.word_{word}")
        about = self.ui.t(f"certificate.about_{word}{'_alone' if alone else ''}")
        if (self.word.text(), self.about.text()) == (title, about):
            return
        self.word.setText(title)
        self.about.setText(about)
        self._mark.setPixmap(self.ui.pixmap(ICONS[tone], tone_color(self.ui, tone), 20))
        self.verdict.set_tone(tone if tone in ("warning", "stop") else "")
        self.verdict.setAccessibleName(f"{title} {about}")
        self._tell(title)

    def _show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        self.card.setVisible(bool(facts))
        if facts == self._facts:
            return
        self._facts = facts
        clear(self.card.body)
        for name, value in facts:
            self.card.add_row(self._line(name, value))
        tab_as_read(self)

    def _line(self, name: str, value: str) -> QWidget:
        holder, caption = QWidget(), self.ui.t(f"certificate.{name}")
        print_ = name == "fingerprint"
        shown = mono(_in_two(value)) if print_ else label(value, wrap=True)
        shown.setAccessibleName(f"{caption}: {value}")
        copy = self.ui.t("certificate.copy_fingerprint")
        more = [icon_button(self.ui, "copy", copy, lambda: self.ask(CopyText(value)))] if print_ else []
        holder.setLayout(fact(caption, shown, *more))
        return holder

    def _tell(self, text: str, *, urgent: bool = False) -> None:
        """Once, to people who cannot see it."""
        if text != self._said:
            self._said = text
            if self.isVisible():
                announce(self, text, urgent=urgent)


def _in_two(fingerprint: str) -> str:
    """A fingerprint has no place where a line may end by itself."""
    pairs = fingerprint.split(":")
    half = len(pairs) // 2
    return f"{':'.join(pairs[:half])}:\n{':'.join(pairs[half:])}"


def word_of(found: HttpsNow, now: datetime) -> Word | str:
    """One word for it."""
    return judge(found.certificate, now) if found.certificate else found.how


def _facts(ui: Ui, found: HttpsNow, now: datetime) -> tuple[tuple[str, str], ...]:
    url = (("url", found.url),) if found.url else ()
    there = found.certificate
    if there is None:
        return url
    info = there.info
    return (
        *url,
        ("kind", ui.t(f"certificate.kind_{there.way.text_key}")),
        ("names", ", ".join(info.names)),
        ("issuer", info.issuer),
        ("until", until(ui, info) if info.not_after > now else ui.moment(info.not_after.timestamp())),
        ("chain", chain(ui, info)),
        *_renewal(ui, there),
        ("fingerprint", info.fingerprint),
    )


def _renewal(ui: Ui, there: CertificateState) -> tuple[tuple[str, str], ...]:
    if there.renewal is None:
        who = "none" if there.way.renewer == "machine" else there.way.renewer
        return (("renewal", ui.t(f"certificate.renewal_{who}")),)
    run, again = there.renewal.at, there.renewal.next
    if run is None:
        last = ui.t("certificate.last_never")
    else:
        result = there.renewal.result
        known = result if result in ("kept", "renewed", "failed", "reload_failed") else "unknown"
        last = ui.t(f"certificate.last_{known}", at=moment_or_time(run.timestamp()))
    following = moment_or_time(again.timestamp()) if again else ui.t("common.not_known")
    return ("renewal", ui.t("certificate.renewal_machine")), ("last", last), ("next", following)
