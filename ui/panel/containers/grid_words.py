"""The rows of the grid of containers in words."""

from __future__ import annotations

from dataclasses import dataclass

from installer.operations.usage import Point
from installer.views.service_rows import Row
from ui.panel.containers.grid_columns import COLUMNS
from ui.style.context import Ui

_TIPS = frozenset({"done", "healthy", "unhealthy", "starting", "restarting", "missing", "oom"})
_ICONS = {"starting": "clock", "stopped": "power", "unknown": "circle-question-mark", "paused": "pause"}


@dataclass(frozen=True)
class Line:
    """A row as text, or with *heading* the title of a group. *about*: what the service is for, *icon*: the
    state's, *grey*: nothing is known now."""

    row: Row
    about: str
    cells: tuple[str, ...]
    said: tuple[str, ...]
    tips: tuple[str, ...]
    icon: str
    grey: bool
    heading: bool = False

    @property
    def key(self) -> str:
        """Tells one line from the others."""
        return f"# {self.row.group}" if self.heading else self.row.service


def values(history: tuple[Point, ...], graph: str) -> tuple[float, ...]:
    """What a graph of ``GRAPHS`` is drawn from."""
    return tuple(float(getattr(point, graph)) for point in history)


def percent(ui: Ui, value: float) -> str:
    """``4.1 %``, ``112 %``."""
    return f"{ui.locale.toString(value, 'f', 1 if value < 99.95 else 0)} %"


def rate(ui: Ui, value: float) -> str:
    """``12 kB/s``."""
    return f"{ui.size(value)}/s"


class Wording:
    """Makes lines of rows."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def heading(self, group: str, grey: bool) -> Line:
        """The title over a group."""
        text = self._ui.t(f"containers.group_{group}")
        empty = ("",) * (len(COLUMNS) - 1)
        row = Row("", "", "neutral", group=group)
        return Line(row, text, (text, *empty), (text, *empty), ("", *empty), "", grey, heading=True)

    def line(self, row: Row, *, grey: bool) -> Line:
        """One service."""
        ui = self._ui
        about = ui.texts.service(row.service)
        state, icon = self.state(row)
        up = "" if row.up is None else _short(ui.duration(row.up), row.up)
        restarts = "" if row.one_shot or not row.image else ui.count(row.restarts)
        cells = (row.service, state, *self._used(row), row.ports, up, restarts, row.tag)
        named = (
            f"{ui.t(f'containers.column_{name}')}: {text or ui.t('containers.cell_empty')}"
            for name, text in zip(COLUMNS[1:], cells[1:], strict=True)
        )
        said = (f"{row.service}, {about}", *named)
        return Line(row, about, cells, said, self._tips(row, about, state), icon, grey)

    def words(self, row: Row) -> str:
        """Everything by which a row can be found."""
        where = self._ui.t(f"containers.group_{row.group}")
        about = self._ui.texts.service(row.service)
        return " ".join((row.service, about, where, self.state(row)[0], row.image, row.ports))

    def state(self, row: Row) -> tuple[str, str]:
        """The state in words, and its icon."""
        ui, word = self._ui, row.word
        if row.back is not None and word in ("running", "healthy"):
            return ui.t("containers.word_back", time=ui.duration(row.back)), "circle-check"
        icon = "rotate-cw" if word.startswith("act_") else _ICONS.get(word, "")
        text = ui.t(f"containers.word_{word}", time=ui.duration(row.seconds), code=str(row.code))
        return text, icon

    def _used(self, row: Row) -> tuple[str, str, str, str]:
        usage, ui = row.usage, self._ui
        if usage is None:
            return "", "", "", ""
        cpu = "" if usage.cpu is None else percent(ui, usage.cpu)
        network, disk = ("" if v is None else rate(ui, v) for v in (usage.network, usage.disk))
        return cpu, ui.size(usage.sample.memory), network, disk

    def _tips(self, row: Row, about: str, state: str) -> tuple[str, ...]:
        ui = self._ui
        tip = ui.t(f"containers.tip_{row.word}") if row.word in _TIPS else state
        if row.container is not None and row.container.health_output and row.word != "done":
            tip += "\n" + ui.t("containers.tip_check", output=row.container.health_output)
        image = ui.t("containers.tip_image", image=row.image) if row.image else ""
        ports = ui.t("containers.tip_ports", ports=row.ports) if row.ports else ""
        return (f"{row.service} — {about}", tip, "", of_limit(ui, row), "", "", ports, "", "", image)


def of_limit(ui: Ui, row: Row, *, share: bool = True) -> str:
    """The memory beside what may be used of it, and its *share*; empty if it is not known."""
    usage = row.usage
    if usage is None or usage.of_limit is None:
        return "" if usage is None else ui.size(usage.sample.memory)
    used, limit = ui.size(usage.sample.memory), ui.size(usage.sample.limit)
    if not share:
        return ui.t("containers.of", used=used, limit=limit)
    part = f"{ui.locale.toString(usage.of_limit, 'f', 0)} %"
    return ui.t("containers.of_limit", used=used, limit=limit, percent=part)


def _short(text: str, seconds: float) -> str:
    """Seconds beside minutes would only flicker here: the first two words of ``12 min 05 s`` are enough."""
    return " ".join(text.split(" ")[:2]) if 60 <= seconds < 3600 else text
