"""Review of a change: what becomes different, on top."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from installer.answers.model import LOOPBACK, Answers
from installer.answers.tls_modes import mode_named
from installer.core.resources import table
from installer.views.setting_changes import SettingChange
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, SPACE_XS
from ui.widgets.basics import Card, column, hint, label, section
from ui.wizard.settings.further import preset_words
from ui.wizard.settings.variables import plain

#: So many are listed; the others are only counted.
SHOWN = 8
_NAMES: Mapping[str, str] = {
    "site.address": "settings.address",
    "tls.mode": "review.change_encryption",
    "ports.http": "settings.http",
    "ports.https": "settings.https",
    "tls.acme_server": "settings.authority",
    "tls.redirect": "settings.redirect",
    "tls.hsts": "settings.hsts",
    "site.bind": "settings.bind",
    "ports.plugin_debugging": "settings.debugging",
    "ports.plugin_debugging_public": "review.change_debugging",
    "database.kind": "settings.database",
    "database.external": "settings.database",
    "stores.vector": "settings.store_kind",
    "stores.external": "settings.store_kind",
    "redis.external": "settings.redis_title",
    "storage.kind": "settings.storage_title",
    "capacity.preset": "settings.capacity_title",
    "proxy.http": "settings.proxy",
    "proxy.https": "settings.proxy_https",
    "registry.mirror": "settings.mirror",
}
_SWITCH: Mapping[str, str] = {"yes": "review.change_on", "no": "review.change_off"}
_OWN: Mapping[str, str] = {"yes": "review.change_own", "no": "review.change_bundled"}


def change_card(ui: Ui, changes: tuple[SettingChange, ...]) -> QWidget:
    """*changes* as rows: the setting, then its value before and after."""
    found, grid = Card(margins=SPACE_M), QGridLayout()
    grid.setHorizontalSpacing(SPACE_M)
    grid.setVerticalSpacing(SPACE_S)
    grid.setColumnStretch(0, 2)
    grid.setColumnStretch(1, 3)
    said = []
    for number, change in enumerate(changes[:SHOWN]):
        name = name_of(ui, change.field)
        old, new = (value_of(ui, change.field, value) for value in (change.old, change.new))
        words = ui.t("review.change", old=old, new=new)
        row = _cell(label(name, "second", wrap=True)), _cell(label(words, bold=True, wrap=True))
        for place, text in enumerate(row):
            grid.addWidget(text, number, place)
        said.append(ui.t("review.change_said", name=name, old=old, new=new))
    found.body.addLayout(grid)
    if (more := len(changes) - SHOWN) > 0:
        found.body.addWidget(hint(ui.t("review.change_more", count=ui.count(more))))
    found.setAccessibleName(" · ".join(said))
    whole = QWidget()
    whole.setLayout(column(section(ui.t("review.change_title")), found, space=SPACE_XS + 2))
    return whole


def _cell(text: QLabel) -> QLabel:
    text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return text


def name_of(ui: Ui, field: str) -> str:
    """What the setting is called on Settings; a variable by its own name."""
    return plain(ui.t(_NAMES[field])) if field in _NAMES else field.removeprefix("env.")


def value_of(ui: Ui, field: str, value: str) -> str:
    """*value* as Settings shows it."""
    if field.endswith((".external", ".redirect", ".hsts", "_public")):
        return ui.t((_OWN if field.endswith(".external") else _SWITCH)[value])
    if field == "tls.mode":
        return plain(ui.t(f"settings.https_{mode_named(value).text_key}"))
    if field == "site.bind" and value == Answers().site.bind:
        return plain(ui.t("settings.bind_all"))
    if field == "site.bind" and value in LOOPBACK:
        return plain(ui.t("settings.bind_self"))
    if field == "stores.vector":
        return ui.texts.store(value).name
    if field == "database.kind" and value in table("databases")["database"]:
        return ui.texts.database(value).name
    if field == "tls.acme_server" and not value:
        return ui.t("settings.authority_usual")
    if field == "capacity.preset":
        return preset_words(ui, value)
    return value or ui.t("review.change_none")
