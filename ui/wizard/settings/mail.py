"""The groups about the outside world: the mail server, the proxy, the mirror."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QWidget

from installer.answers.optional import THIS_COMPUTER
from installer.core.resources import table
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import column
from ui.widgets.combo import ComboField
from ui.widgets.field import Field
from ui.wizard.settings.group import Group, side_by_side
from ui.wizard.settings.section import PortBox, Problems
from ui.wizard.settings.service_trial import ServiceTrial


class MailGroup(Group):
    """The server that sends Dify's mail; its lines are there once mail is wanted."""

    part = "mail"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.wanted = QCheckBox(ui.t("settings.mail_wanted"))
        self._before: str = "smtp"  # the way that was chosen last
        self.wanted.clicked.connect(lambda on: self.change(kind=self._before if on else ""))
        self.port = PortBox(ui, ui.t("settings.mail_port"))
        self.port.chosen.connect(lambda port: self.change(port=port))
        self.security = ComboField(ui, ui.t("settings.mail_security"))
        self.security.show_items([(ui.t(f"settings.mail_{way}"), way) for way in ("tls", "starttls", "none")])
        self.security.chosen.connect(self._secure)
        self.controls |= {"mail.kind": self.wanted}
        self.controls |= {"mail.port": self.port, "mail.security": self.security}
        server = self.text_field("server", "mail_server")
        sender = self.text_field("sender", "mail_sender", note=True)
        user = self.text_field("user", "mail_user")
        password = self.secret_field("mail_password", "mail_password")
        self.way = ComboField(ui, ui.t("settings.mail_way"))
        self.way.chosen.connect(lambda kind: self.change(kind=kind))
        self.key = self.secret_field("mail_api_key", "mail_api_key")
        self.api = self.text_field("api", "mail_api", note=True)
        self.server, self.by_key = QWidget(), QWidget()
        lines = (side_by_side(server, self.port), side_by_side(self.security, column()))
        self.server.setLayout(column(*lines, side_by_side(user, password), space=SPACE_M))
        self.by_key.setLayout(side_by_side(self.key, self.api))
        self.trial = ServiceTrial(ui, "mail")
        self.adopt(self.trial)
        self.lines = QWidget()
        first = side_by_side(self.way, sender)
        self.lines.setLayout(column(first, self.server, self.by_key, self.trial, space=SPACE_M))
        for part in (self.server, self.by_key, self.lines):
            layout = part.layout()
            assert layout is not None  # noqa: S101  (just set)
            layout.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.wanted)
        self.column.addWidget(self.lines)

    def _secure(self, way: str) -> None:
        """Each way has its usual port; one that a person typed stays."""
        usual = {"tls": 465, "starttls": 587, "none": 25}
        port = self.state.answers.mail.port
        self.change(security=way, port=usual[way] if port in usual.values() else port)

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        mail = state.answers.mail
        self.wanted.setChecked(bool(mail.kind))
        self.lines.setVisible(bool(mail.kind))
        self._before = mail.kind or self._before
        self.way.show_items([(self.ui.t(f"settings.mail_by_{kind}"), kind) for kind in self._ways(state)])
        self.way.show_value(self._before)
        self.server.setVisible(self._before == "smtp")
        self.by_key.setVisible(self._before != "smtp")
        self.api.setVisible(self._before == "resend")
        if mail.kind:
            self.trial.show_trial(state, self.ui.t(f"settings.mail_by_{mail.kind}"), problems)
            self.note_rebuilt(self.trial)
        self.port.show_port(mail.port)
        self.security.show_value(mail.security)
        self.show_texts(state, problems)

    def _ways(self, state: WizardState) -> Iterator[str]:
        """Those that the release knows; one that was chosen is seen all the same."""
        yield "smtp"
        for kind, variable in table("choices")["mail_keys"].items():
            known = state.release.model is not None and state.release.model.knows(variable)
            if known or kind == state.answers.mail.kind:
                yield kind

    def control(self, field: str) -> QWidget | None:
        """Lines that are not there lead to the switch that brings them."""
        found = super().control(field)
        return self.wanted if found is not None and self.lines.isHidden() else found


class WayOutGroup(Group):
    """Proxy and mirror, for networks that are closed or slow."""

    part = "proxy"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.mirror = Field(ui, ui.t("settings.mirror"), note=ui.t("settings.mirror_note"))
        self.mirror.typed.connect(self._mirror)
        self.exceptions = Field(
            ui, ui.t("settings.proxy_exceptions"), note=ui.t("settings.proxy_exceptions_note")
        )
        self.exceptions.typed.connect(self._except)
        http = Field(ui, ui.t("settings.proxy"), note=ui.t("settings.proxy_note"))
        http.typed.connect(self._proxy)
        self.https = self.text_field("https", "proxy_https")
        self.controls["proxy.http"] = http
        user, password = (
            self.text_field("user", "proxy_user"),
            self.secret_field("proxy_password", "proxy_password"),
        )
        self.login = QWidget()
        self.login.setLayout(side_by_side(user, password, self.exceptions))
        self.through = ComboField(ui, ui.t("settings.through"))
        ways = ("target", THIS_COMPUTER)
        self.through.show_items([(ui.t(f"settings.through_{way}"), way) for way in ways])
        self.through.chosen.connect(self._through)
        self.controls |= {"registry.mirror": self.mirror, "proxy.exceptions": self.exceptions}
        self.controls["registry.through"] = self.through
        lines = side_by_side(http, self.mirror), self.https, self.login, self.through
        self.column.addLayout(column(*lines, space=SPACE_M))

    def _proxy(self, text: str) -> None:
        """An emptied line means no proxy at all."""
        http = text.strip()
        self.change(http=http, **({} if http else {"https": ""}))

    def _mirror(self, text: str) -> None:
        self.edit_answers(lambda a: replace(a, registry=replace(a.registry, mirror=text.strip())))

    def _through(self, way: str) -> None:
        self.edit_answers(lambda a: replace(a, registry=replace(a.registry, through=way)))  # type: ignore[arg-type]

    def _except(self, text: str) -> None:
        self.change(exceptions=_hosts(text))

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        proxy = state.answers.proxy
        self.login.setVisible(bool(proxy.http or proxy.https))
        self.through.show_value(state.answers.registry.through)
        self.through.setVisible(state.answers.target.host_kind.takes_images)
        # one that a file named beside the other; while it is being emptied it stays
        self.https.setVisible(bool(proxy.https) or self.https.edit.hasFocus())
        if _hosts(self.exceptions.edit.text()) != proxy.exceptions:  # a comma that is just typed stays
            self.exceptions.show_text(", ".join(proxy.exceptions))
        self.show_texts(state, problems)


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(re.split(r"[,;、，\s]+", text.strip(",;、， "))) if text.strip(",;、， ") else ()
