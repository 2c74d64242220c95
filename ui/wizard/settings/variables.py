"""All variables of a release as a table model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from installer.answers.owned import env_problem
from installer.core.secrets import MASK
from ui.style.context import Ui
from ui.style.theme import scaled
from ui.widgets.tips import tip_of_parts
from ui.wizard.settings.variable_values import Values, Variable

NAME, VALUE, ORIGIN, DEFAULT = range(4)
_COLUMNS = ("column_name", "column_value", "column_origin", "column_default")
#: Answers' fields that own variables → the text that names them on the page.
_SETTINGS: Mapping[str, str] = {
    "target.project": "settings.project",
    "site.address": "settings.address",
    "ports.http": "settings.http",
    "ports.https": "settings.https",
    "ports.plugin_debugging": "settings.debugging",
    "database.kind": "settings.database",
    "database.settings": "settings.database",
    "redis.settings": "settings.redis_title",
    "storage.settings": "settings.storage_title",
    "storage.kind": "settings.storage_title",
    "uploads.document": "settings.uploads_title",
    "uploads.image": "settings.uploads_title",
    "uploads.audio": "settings.uploads_title",
    "uploads.video": "settings.uploads_title",
    "locale.timezone": "settings.locale_title",
    "mail.kind": "settings.mail_title",
    "proxy.http": "settings.proxy_title",
    "tls.mode": "settings.address_title",
    "tls.certificate": "settings.certificate",
    "tls.key": "settings.key",
}
_Index = QModelIndex | QPersistentModelIndex


class VariableModel(QAbstractTableModel):
    """``changed`` gives a name and its new value, None for the default. Values come back by ``show_env``."""

    changed = Signal(str, object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._all: tuple[Variable, ...] = ()
        self._rows: list[Variable] = []
        self._values = Values()
        self._search = ""

    # -------------------------------------------------------------------- content

    def show_variables(self, variables: tuple[Variable, ...]) -> None:
        """Another release's variables."""
        if variables == self._all:
            return
        self._all = variables
        self._filter()

    def show_values(self, values: Values) -> None:
        """The values in effect; only rows that differ are repainted."""
        before, self._values = self._values, values
        if before == values:
            return
        for place, variable in enumerate(self._rows):
            was, now = ((v.of(variable), v.origin(variable)) for v in (before, values))
            if was != now:
                self.dataChanged.emit(self.index(place, NAME), self.index(place, DEFAULT))

    def search(self, text: str) -> None:
        """Show only rows that hold every word of *text*."""
        self._search = text.casefold()
        self._filter()

    def _filter(self) -> None:
        words = self._search.split()
        self.beginResetModel()
        self._rows = (
            [v for v in self._all if all(w in self._text_of(v) for w in words)] if words else [*self._all]
        )
        self.endResetModel()

    def _text_of(self, variable: Variable) -> str:
        value = "" if variable.hidden else self._values.of(variable)
        return f"{variable.haystack}\n{value.casefold()}"

    def variable(self, place: int) -> Variable | None:
        """The variable in row *place*."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def is_set(self, name: str) -> bool:
        """Whether the person set *name*."""
        return name in self._values.answered

    def can_reset(self, variable: Variable) -> bool:
        """Whether *variable* has, or will have, another value than the release's."""
        return self._values.of(variable) != variable.default and not variable.owner

    def reset(self, variable: Variable) -> None:
        """Ask for the release's default."""
        self.changed.emit(variable.name, self._values.put_back(variable))

    # --------------------------------------------------------------------- Qt's

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._ui.t(f"settings.{_COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        found = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        editable = index.column() == VALUE and not self._rows[index.row()].owner
        return found | Qt.ItemFlag.ItemIsEditable if editable else found

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        variable, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(variable, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(variable, column) or self._ui.t("settings.variables_empty")
        if role == Qt.ItemDataRole.EditRole:
            return "" if variable.hidden else self._values.of(variable)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(variable, column)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._lock("tip", variable) or variable.comment
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(variable, column)
        if role == Qt.ItemDataRole.FontRole and column == VALUE and self.is_set(variable.name):
            return scaled(1.0, bold=True)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        variable, text = self._rows[index.row()], str(value)
        if role != Qt.ItemDataRole.EditRole or variable.owner or env_problem(variable.name, text):
            return False
        if text == self._values.of(variable):
            return True
        if text == variable.default:
            self.reset(variable)
        else:
            self.changed.emit(variable.name, text)
        return True

    # --------------------------------------------------------------------- words

    def _text(self, variable: Variable, column: int) -> str:
        if column == NAME:
            return variable.name
        if column == DEFAULT:
            return MASK if variable.hidden and variable.default else variable.default
        if column == ORIGIN:
            origin = self._values.origin(variable)
            return self._lock("lock", variable) or self._ui.t(f"settings.origin_{origin}")
        value = self._values.of(variable)
        return MASK if variable.hidden and value else value

    def _color(self, variable: Variable, column: int) -> QColor | None:
        colors = self._ui.colors
        if column == VALUE and self.is_set(variable.name):
            return QColor(colors.accent)
        return QColor(colors.second) if column in (ORIGIN, DEFAULT) or variable.owner else None

    def _lock(self, kind: str, variable: Variable) -> str:
        """Why it cannot be edited here; *kind*: ``lock`` in short, ``tip`` as a sentence."""
        ui, owner = self._ui, variable.owner
        short = kind == "lock"
        if not owner:
            return ""
        if owner == "generated":
            return ui.t("settings.lock_generated" if short else "settings.tip_generated")
        if owner == "secrets":
            return ui.t("settings.lock_secret" if short else "settings.tip_secret")
        setting = self._setting(owner)
        if not setting:
            return ui.t("settings.lock_own" if short else "settings.tip_own")
        return ui.t("settings.lock_setting" if short else "settings.tip_setting", setting=setting)

    def _setting(self, owner: str) -> str:
        if owner in ("stores.vector", "stores.settings"):
            return self._ui.texts.what_is_a_store().partition(": ")[0]
        key = _SETTINGS.get(owner)
        return plain(self._ui.t(key)) if key else ""

    def _tip(self, variable: Variable, column: int) -> str:
        parts = [variable.name if column == NAME else "", self._lock("tip", variable), variable.comment]
        if column != NAME and not variable.owner:
            parts.append(self._text(variable, column))
        return tip_of_parts(parts)


def plain(text: str) -> str:
    """*text* without the sign for its key: ``&Name`` and ``名前(&M)`` are names."""
    found, _, _ = text.partition("(&")
    return found.replace("&", "").strip()
