"""Space: what takes room, where Dify's data lies, images to clean up, and which ports are open."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from installer.core.errors import InstallError
from installer.core.formatting import moment_or_time
from installer.operations.open_ports import OpenPort
from installer.operations.space import ImageUse, Space
from installer.views.panel import PanelState, Tone
from ui.intents import CopyText
from ui.panel.intents import ChangeSettings, CloseDebugPort, MeasureSpace, RemoveImages
from ui.panel.overview.facts import fact
from ui.panel.section import ConfirmCard, Notices, Section
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.basics import RowCard, button, clear, column, hint, icon_button, label, mono, row, section
from ui.widgets.cause import CauseCard
from ui.widgets.pill import Pill
from ui.widgets.tab_order import tab_as_read

_TONES: dict[str, Tone] = {"inside": "ok", "open": "neutral", "bypasses": "warning", "unknown": "neutral"}
#: Images that are listed one by one; the others are summed up.
_LISTED = 40


class SpaceSection(Section):
    """The rows are rebuilt only after a new query."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("space.title"), ui.t("space.sentence"))
        self._shown: object = None
        self._error: InstallError | None = None
        self._said = -1
        self.again = button(ui.t("space.look"), lambda: self.ask(MeasureSpace()), "outline")
        self.compose_head(None, None, self.again)
        self.notices = Notices(ui, self.ask)
        self.confirm = ConfirmCard(ui)
        self.word = label("", "second", wrap=True)
        self.cause = CauseCard(ui)
        self.clean = button(ui.t("space.clean_none"), self._ask_clean, "outline")
        self._parts = QVBoxLayout()
        self._parts.setSpacing(10)
        for part in (self.notices, self.word, self.cause, self.confirm):
            self.body.addWidget(part)
        self.body.addLayout(self._parts)
        self.body.addStretch(1)
        self.cause.hide()

    def show_state(self, state: PanelState, now: float) -> None:
        super().show_state(state, now)
        ui, space = self.ui, state.space
        self.notices.show_state(state, now)
        self.again.setEnabled(not space.busy and state.lost is None)
        self.word.setText(self._word(state, now))
        self.word.setVisible(bool(self.word.text()))
        self.cause.setVisible(space.error is not None)
        if space.error is not None and space.error is not self._error:
            self.cause.show_error(space.error, [])
            announce(self, ui.explain(str(space.error.code), dict(space.error.params)).what, urgent=True)
        self._error = space.error
        if space.freed != self._said:
            self._said = space.freed
            announce(self, self.word.text() if space.freed >= 0 else "")
        if (space.now, space.ports) != self._shown:
            self._shown = (space.now, space.ports)
            self._fill(space.now, space.ports)
        can = space.now is not None and bool(space.now.free) and not space.busy and state.lost is None
        self.clean.setEnabled(can)

    def _word(self, state: PanelState, now: float) -> str:
        ui, space = self.ui, state.space
        if space.busy:
            since = ui.t("common.since", time=ui.duration(now - space.since))
            return f"{ui.t(f'space.busy_{space.busy}')} {since}"
        if space.freed >= 0:
            return ui.t("space.freed", size=ui.size(space.freed))
        return ui.t("space.seen", time=moment_or_time(space.seen_at)) if space.now is not None else ""

    def _fill(self, space: Space | None, ports: tuple[OpenPort, ...]) -> None:
        self.clean.setParent(None)
        clear(self._parts)
        if space is None:
            return
        ui = self.ui
        self._card("disk", self._disk(space))
        self._card("data", self._data(space))
        free = space.free
        size = ui.size(space.free_bytes)
        count = ui.count(len(free))
        text = ui.t("space.clean", count=count, size=size) if free else ui.t("space.clean_none")
        self.clean.setText(text)
        self._card("images", [self._image(image) for image in space.images[:_LISTED]], self.clean)
        self.clean.show()
        self._card("ports", [self._port(port) for port in ports])
        tab_as_read(self)

    def _card(self, name: str, rows: list[QLayout], *more: QWidget) -> None:
        ui, card = self.ui, RowCard()
        head = row(section(ui.t(f"space.head_{name}")), None)
        for widget in more:
            head.addWidget(widget)
        self._parts.addLayout(head)
        self._parts.addWidget(hint(ui.t(f"space.about_{name}")))
        for content in rows or [row(label(ui.t(f"space.none_{name}")), None)]:
            card.add_row(content)
        self._parts.addWidget(card)

    def _disk(self, space: Space) -> list[QLayout]:
        ui = self.ui
        names = ("layers", "volumes", "containers", "cache")
        return [
            fact(ui.t(f"space.{name}"), label(ui.size(getattr(space, name)), wrap=True), hint(""))
            for name in names
        ]

    def _data(self, space: Space) -> list[QLayout]:
        ui, found = self.ui, list[QLayout]()
        folder = self.state.answers.docker_folder if self.state is not None else ""
        for data in space.data:
            path = data.path if data.volume else f"{folder}/{data.path}"
            name = mono(path)
            size = label(ui.size(data.bytes) if data.bytes >= 0 else ui.t("space.size_unknown"))
            copy = icon_button(
                ui,
                "copy",
                ui.t("space.copy", path=path),
                lambda path=path: self.ask(CopyText(path)),  # type: ignore[misc]
            )
            line = row(space=8)
            line.addWidget(name, 1)
            line.addWidget(size)
            line.addWidget(copy)
            found.append(line)
        return found

    def _image(self, image: ImageUse) -> QLayout:
        ui = self.ui
        days = max(0, int((time.time() - image.created) // 86400))
        kind = "used" if image.used_by else "free" if image.free else "needed" if image.ours else "others"
        names = ", ".join(image.used_by[:3]) + ("…" if len(image.used_by) > 3 else "")
        about = f"{ui.t(f'space.image_{kind}', names=names)} · {ui.t('space.age', count=ui.count(days))}"
        text = column(label(image.names[0], wrap=True), label(about, "second", size=0.92, wrap=True), space=2)
        line = row(space=10)
        line.addLayout(text, 1)
        line.addWidget(label(ui.size(image.bytes)))
        return line

    def _port(self, port: OpenPort) -> QLayout:
        ui = self.ui
        place = f"{port.address}:{port.port}" if port.address else str(port.port)
        about = ui.t(f"space.port_{port.purpose}", container=port.container)
        text = column(
            label(f"{place}  {port.container}", wrap=True),
            label(about, "second", size=0.92, wrap=True),
            space=2,
        )
        line = row(space=10)
        line.addLayout(text, 1)
        line.addWidget(Pill(ui, _TONES[port.verdict], ui.t(f"space.verdict_{port.verdict}")))
        way = self._way(port) if port.ours and port.verdict != "inside" else None
        if way is not None:
            line.addWidget(way)
        return line

    def _way(self, port: OpenPort) -> QWidget | None:
        """What one can do about an open port of Dify's."""
        ui, number = self.ui, str(port.port)
        if port.purpose == "debugging":
            name = ui.t("space.shut_name", port=number)
            return button(ui.t("space.shut"), lambda: self.ask(CloseDebugPort()), name=name)
        if port.purpose == "web":
            name = ui.t("space.close_name", port=number)
            return button(ui.t("space.close"), lambda: self.ask(ChangeSettings("site.bind")), name=name)
        return None

    def _ask_clean(self) -> None:
        ui, space = self.ui, self.state.space.now if self.state is not None else None
        if space is None or not space.free:
            return
        ids, free = tuple(image.id for image in space.free), space.free
        size = ui.size(space.free_bytes)
        names = ", ".join(image.names[0] for image in free[:6]) + ("…" if len(free) > 6 else "")
        self.confirm.question_for(
            ui.t("space.clean_question", count=ui.count(len(free))),
            ui.t("space.clean_about", names=names),
            ui.t("space.clean_yes", count=ui.count(len(free)), size=size),
            ui.t("space.clean_no"),
            lambda: self.ask(RemoveImages(ids)),
        )

    def first_focus(self) -> QWidget | None:
        return None
