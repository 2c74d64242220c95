"""Everything about the selected container, under the grid."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from installer.docker.containers import Container
from installer.docker.short_forms import docker_time, port_mappings
from installer.views.service_rows import Row
from ui.panel.containers.grid_columns import FLOORS
from ui.panel.containers.grid_words import of_limit, percent, rate, values
from ui.panel.containers.spark import Meter
from ui.panel.elided_label import Cut
from ui.style.context import Ui
from ui.style.theme import SPACE_L, SPACE_S, fixed_font
from ui.widgets.basics import label, row

#: Rows of facts; as many for every container, so that nothing moves from one to the next.
_FACTS = 5
_OVER = frozenset({"created", "exited", "dead", "restarting"})
_SIGNALS = {"130", "137", "139", "143"}
_CODES = frozenset({"0", "1", "125", "126", "127", *_SIGNALS})


class Detail(QWidget):
    """Facts on the left, what is used on the right."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.facts = [(label("", "second", size=0.92), Cut(middle=True)) for _ in range(_FACTS)]
        self.output = Cut(lines=2)
        self.output.setFont(fixed_font(0.86))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for n, (name, value) in enumerate(self.facts):
            grid.addWidget(name, n, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, n, 1)
        grid.addWidget(self.output, _FACTS, 1)
        left = QWidget()
        left.setLayout(grid)
        self.meters = {
            name: Meter(ui, ui.t(f"containers.column_{name}"), FLOORS[name])
            for name in ("cpu", "memory", "network", "disk")
        }
        self.used = QWidget()
        pairs = QGridLayout()
        pairs.setContentsMargins(0, 0, 0, 0)
        pairs.setHorizontalSpacing(20)
        pairs.setVerticalSpacing(SPACE_S)
        for n, meter in enumerate(self.meters.values()):
            pairs.addWidget(meter, n // 2, n % 2)
            pairs.setColumnStretch(n % 2, 1)
        self.used.setLayout(pairs)
        both = row(space=SPACE_L)
        both.addWidget(left, 2, Qt.AlignmentFlag.AlignTop)
        both.addWidget(self.used, 3, Qt.AlignmentFlag.AlignTop)
        self.setLayout(both)
        self.setMinimumHeight(self.used.sizeHint().height())  # also where that is hidden

    def show_row(self, shown: Row) -> None:
        """The container of *shown*."""
        found = list(self._facts(shown))
        for n, (name, value) in enumerate(self.facts):
            key, text = found[n] if n < len(found) else ("", "")
            name.setText(self._ui.t(f"containers.detail_{key}") if key else "")
            value.show_text(text)
            value.setVisible(bool(key))
            name.setVisible(bool(key))
        container = shown.container
        fails = container is not None and container.state == "running" and container.health_fails > 0
        output = container.health_output if container is not None and fails else ""
        self.output.show_text(output)
        self.output.setAccessibleName(self._ui.t("containers.tip_check", output=output) if output else "")
        self.output.setVisible(bool(output))
        self._show_usage(shown)

    def _facts(self, shown: Row) -> Iterator[tuple[str, str]]:
        ui, container = self._ui, shown.container
        if container is None:
            yield "state", ui.t("containers.tip_missing")
            return
        yield "image", container.image
        yield "ports", port_mappings(container.ports) or ui.t("containers.ports_none")
        if container.state == "running":
            yield "started", _when(ui, container.started_at)
        else:
            yield "ended", _when(ui, container.finished_at)
        if container.state == "running":
            yield "restarts", ui.count(container.restarts)
        else:
            yield "exit", _exit(ui, container)
        yield "check", _check(ui, container)

    def _show_usage(self, shown: Row) -> None:
        ui, usage = self._ui, shown.usage
        # what has ended uses nothing, and there is more to say about it
        over = shown.container is None or shown.container.state in _OVER
        self.used.setVisible(not over)
        none = ui.t("containers.not_measured")
        texts = dict.fromkeys(self.meters, none)
        if usage is not None:
            texts["memory"] = of_limit(ui, shown, share=False)
        if usage is not None and usage.cpu is not None:
            texts["cpu"] = percent(ui, usage.cpu)
            texts["network"] = _both(ui, "network", usage.received or 0.0, usage.sent or 0.0)
            texts["disk"] = _both(ui, "disk", usage.from_disk or 0.0, usage.to_disk or 0.0)
        for name, meter in self.meters.items():
            meter.show_usage(texts[name], values(usage.history, name) if usage else ())


def _both(ui: Ui, name: str, first: float, second: float) -> str:
    return ui.t(f"containers.both_{name}", first=rate(ui, first), second=rate(ui, second))


def _when(ui: Ui, at: str) -> str:
    since = docker_time(at)
    return ui.t("containers.never") if since is None else ui.moment(since)


def _exit(ui: Ui, container: Container) -> str:
    """The exit code in words, what Docker said, and how often it was started again."""
    if container.state == "created":
        return container.error or ui.t("containers.never")
    code = str(container.exit_code)
    if container.oom:
        text = ui.t("containers.exit_oom", code=code)
    elif code in _CODES:
        text = ui.t(f"containers.exit_{code}")
    else:
        text = ui.t("containers.exit_other", code=code)
    if container.restarts:
        text += " " + ui.t("containers.exit_restarts", count=ui.count(container.restarts))
    return f"{text} {container.error}".rstrip()


def _check(ui: Ui, container: Container) -> str:
    if not container.health or container.state != "running":
        return ui.t("containers.check_none" if not container.health else "containers.check_off")
    if container.health == "unhealthy" or container.health_fails:
        return ui.t("containers.check_failed", count=ui.count(container.health_fails))
    if container.health == "starting":
        return ui.t("containers.check_starting")
    output = container.health_output.rpartition("\n")[2]
    return ui.t("containers.check_said", output=output) if output else ui.t("containers.check_passed")
