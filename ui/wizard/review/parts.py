"""Parts of the Review page: the numbered steps, what can be reached, what stays, findings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from installer.acme.certificates import address_of, server_name
from installer.apply.plan import Plan
from installer.apply.steps.base import Action
from installer.config.render import Port
from installer.core.finding import Finding
from installer.state.external_report import Tested
from installer.views import review
from installer.views.progress import TRANSFERS
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, SPACE_XS, scaled
from ui.widgets.basics import Card, RowCard, column, hint, label, picture, row, section, set_kind
from ui.widgets.pill import TONES, Pill
from ui.wizard.review.repairs import Copy, RepairStep, repair_named

_TOP = Qt.AlignmentFlag.AlignTop
_MOST_NAMES = 4
_LONG_WORD = 36
_PURPOSES = ("http", "https", "plugin_debugging")


class StepRows(RowCard):
    """One numbered row per action: what it is, what it is about, and its size where that is known; a repair
    with its commands, which can be given to *copy*."""

    def __init__(self, ui: Ui, plan: Plan, copy: Copy) -> None:
        super().__init__()
        self.download = DownloadSize(ui, plan)
        self.setAccessibleName(ui.t("review.steps_name"))
        fetching = next((a for a in plan.actions if a.step in TRANSFERS), None)
        for number, action in enumerate(plan.actions, 1):
            size = self.download if action is fetching else label(_size(ui, action), "second", size=0.95)
            line, repair = _step_row(ui, plan, number, action, size), repair_named(plan, action.step)
            self.add_row(line if repair is None else RepairStep(ui, repair, line, copy))


class DownloadSize(QLabel):
    """How much will be downloaded. As wide from the beginning as for whatever it will say: nothing moves when
    the answer comes."""

    def __init__(self, ui: Ui, plan: Plan) -> None:
        super().__init__()
        self._ui, self._plan = ui, plan
        self._known: tuple[object, ...] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(scaled(0.95))
        set_kind(self, "second")
        largest = ui.t("review.size_download", size=ui.size(888.8e9))
        words = (ui.t("review.size_asked"), ui.t("review.size_unknown"), largest)
        self.setMinimumWidth(max(map(self.fontMetrics().horizontalAdvance, words)) + 2)

    def show_state(self, state: WizardState) -> None:
        """Show what is known by now."""
        known = state.review.sizes, state.review.sizing
        if known == self._known:
            return
        self._known = known
        size = state.review.sizes.download(self._plan.situation) if state.review.sizes else None
        if size is not None:
            said = self._ui.t("review.size_download", size=self._ui.size(size))
        else:
            said = self._ui.t("review.size_asked" if state.review.sizing else "review.size_unknown")
        self.setText(said)


def _step_row(ui: Ui, plan: Plan, number: int, action: Action, size: QLabel) -> QHBoxLayout:
    mark = label(ui.count(number), "second")
    mark.setMinimumWidth(20)
    name = label(ui.texts.step(action.step), bold=True)
    about = label(step_detail(ui, plan, action), "second", wrap=True)
    size.setAlignment(Qt.AlignmentFlag.AlignRight)
    found = row(space=SPACE_S)
    found.addWidget(mark, 0, _TOP)
    if max(map(len, about.text().split()), default=0) > _LONG_WORD:  # an address has no place to wrap at
        found.addLayout(column(name, about, space=2), 1)
    else:
        found.addWidget(name, 0, _TOP)
        found.addSpacing(SPACE_XS)
        found.addWidget(about, 1, _TOP)
    found.addWidget(size, 0, _TOP)
    return found


def step_detail(ui: Ui, plan: Plan, action: Action) -> str:
    """What *action* is about, in a few words; a step without words of its own says its sentence."""
    params = dict(action.params)
    if action.step == "upload":
        folder = plan.situation.answers.docker_folder
        key = "review.step_upload_removed" if action.remove else "review.step_upload"
        return ui.t(key, files=params["files"], folder=folder, removed=", ".join(action.remove))
    if action.step == "pull":
        key = {"0": "_none", params["of"]: "_all"}.get(params["images"], "")
        return ui.t(f"review.step_pull{key}", **params)
    if action.step == "ready":
        return ui.t("review.step_ready", url=plan.situation.configuration.base_url)
    if action.step in ("databases", "start", "admin"):
        return ui.t(f"review.step_{action.step}", **params)
    return ui.texts.step(action.step, params)


def _size(ui: Ui, action: Action) -> str:
    return ui.size(sum(len(file.data) for file in action.files)) if action.files else ""


def reach_card(ui: Ui, plan: Plan) -> Card:
    """Which ports others can reach, and which only the machine itself."""
    world, inside = review.ports_by_reach(plan)
    remote = plan.situation.answers.target.host_kind.remote
    inner = ui.t("review.reach_server" if remote else "review.reach_local")
    pairs = [(ui.t("review.reach_world"), _ports(ui, world)), (inner, _ports(ui, inside))]
    pairs.append((ui.t("review.encryption"), encryption(ui, plan)))
    return _pairs(pairs, names=1, values=1)


def encryption(ui: Ui, plan: Plan) -> str:
    """Who encrypts, by which certificate."""
    situation = plan.situation
    answers, read = situation.answers, situation.configuration.certificate
    params: dict[str, str] = {}
    if read is not None:
        until = ui.moment(read.not_after.timestamp())
        params |= {"names": ", ".join(read.names), "issuer": read.issuer, "until": until}
    if answers.tls.way.acme:
        params |= {"address": address_of(answers), "server": server_name(answers)}
    return ui.t(f"review.encryption_{answers.tls.way.text_key}", **params)


def _ports(ui: Ui, ports: Sequence[Port]) -> str:
    if not ports:
        return ui.t("review.reach_none")
    said = (ui.t("review.port", port=str(p.host_port), purpose=_purpose(ui, p)) for p in ports)
    return "\n".join(dict.fromkeys(said))


def _purpose(ui: Ui, port: Port) -> str:
    known = port.purpose in _PURPOSES
    return ui.t(f"review.purpose_{port.purpose}") if known else ui.texts.service(port.service)


def untouched_card(ui: Ui, plan: Plan) -> Card:
    """What is left alone."""
    remote = plan.situation.answers.target.host_kind.remote
    what = ui.t("review.untouched_server" if remote else "review.untouched_local")
    pairs = [(ui.t("review.untouched"), what)]
    others = review.other_containers(plan)
    if others:
        pairs.append((ui.t("review.others"), _names(ui, others)))
    if review.installed(plan):
        pairs.append((ui.t("review.data"), ui.t("review.data_stays")))
    return _pairs(pairs, names=2, values=3)


def _names(ui: Ui, names: Sequence[str]) -> str:
    shown, more = ", ".join(names[:_MOST_NAMES]), len(names) - _MOST_NAMES
    return ui.t("review.others_more", names=shown, more=ui.count(more)) if more > 0 else shown


def _pairs(pairs: Sequence[tuple[str, str]], *, names: int, values: int) -> Card:
    """A card with a word on the left and what it stands for on the right."""
    card = Card(margins=SPACE_M)
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE_M)
    grid.setVerticalSpacing(SPACE_S)
    grid.setColumnStretch(0, names)
    grid.setColumnStretch(1, values)
    for number, (name, value) in enumerate(pairs):
        for place, text in enumerate((label(name, "second", wrap=True), label(value, wrap=True))):
            text.setAlignment(_TOP | Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(text, number, place)
    card.body.addLayout(grid)
    card.body.addStretch(1)
    card.setAccessibleName(" · ".join(f"{name} {value}" for name, value in pairs))
    return card


def side_by_side(*cards: QWidget) -> QHBoxLayout:
    """Cards of the same width and height."""
    found = row(space=SPACE_M - 4)
    for card in cards:
        card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        found.addWidget(card, 1)
    return found


def service_rows(ui: Ui, services: Sequence[Tested]) -> QVBoxLayout:
    """The external services, and the results of testing them."""
    card = RowCard()
    for tested in services:
        name = f"{tested.service} {tested.version}".strip()
        pill = Pill(ui, TONES.get(tested.verdict, "neutral"), ui.texts.external_mark(tested.verdict))
        line = row(space=10)
        line.addWidget(label(name, bold=True, wrap=True), 1)
        line.addWidget(label(tested.address, "second", wrap=True), 2)
        line.addWidget(pill)
        card.add_row(line)
    return column(section(ui.t("review.services")), card)


def warning_rows(ui: Ui, problems: Sequence[Finding]) -> QVBoxLayout:
    """What one should know, in quiet rows."""
    card = RowCard()
    for problem in problems:
        said = ui.explain(problem.code.value, dict(problem.params))
        texts: list[QLabel] = [label(said.what, wrap=True)]
        texts += [hint(text) for text in (said.why, said.do) if text]
        mark = picture(ui.pixmap("triangle-alert", ui.colors.warning))
        line = row(space=10)
        line.addWidget(mark, 0, _TOP)
        line.addLayout(column(*texts, space=2), 1)
        card.add_row(line)
    return column(section(ui.t("review.warnings")), card)
