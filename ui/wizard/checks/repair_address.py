"""A repair that needs an address which only the person knows: a mirror of the registry, or a proxy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from installer.views.wizard import address_fits
from ui.intents import Intent, UseAddress
from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import button, row
from ui.widgets.field import Field
from ui.widgets.flow_row import FlowRow


class AddressPart(QWidget):
    """*controls* are those that take the focus, by name, in the order of reading. *kinds*: fields of
    ``Repairs``. An invalid value is reported once the user wants to apply it."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None], name: str, kinds: Sequence[str]) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        t = ui.t
        self.kinds = {kind: QRadioButton(t(f"checks.address_{kind}")) for kind in kinds}
        self._group = QButtonGroup(self)
        for made in self.kinds.values():
            made.setAccessibleName(t("checks.repair_name", what=made.text(), title=name))
            self._group.addButton(made)
        next(iter(self.kinds.values())).setChecked(True)
        self.field = Field(
            ui, t("checks.address"), note=t("checks.address_note"), placeholder=t("checks.address_example")
        )
        self.choose = button(t("checks.choose"), self._choose, "outline")
        self.choose.setAccessibleName(t("checks.repair_name", what=t("checks.choose"), title=name))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_XS, 0, 0)
        layout.setSpacing(SPACE_XS)
        line = FlowRow()
        layout.addLayout(line)
        for made in self.kinds.values():
            line.addWidget(made)
        layout.addWidget(self.field)
        layout.addLayout(row(self.choose, None))
        self._wrong = False
        self.field.typed.connect(lambda _: self._say() if self._wrong else None)
        self.field.edit.returnPressed.connect(self._choose)
        for made in self.kinds.values():
            made.clicked.connect(lambda _=False: self._say() if self._wrong else None)
        self.controls: dict[str, QWidget] = {f"address:{kind}": made for kind, made in self.kinds.items()}
        self.controls |= {"address:field": self.field.edit, "address:choose": self.choose}

    @property
    def kind(self) -> str:
        """What the address is of."""
        return next(kind for kind, made in self.kinds.items() if made.isChecked())

    def _say(self) -> bool:
        """Whether the address can be taken; if not, it is said."""
        self._wrong = not address_fits(self.kind, self.field.edit.text().strip())
        self.field.show_problem(self._ui.t("checks.address_wrong") if self._wrong else "")
        return not self._wrong

    def _choose(self) -> None:
        if self._say():
            self._ask(UseAddress(self.kind, self.field.edit.text().strip()))
        else:
            self.field.edit.setFocus()
