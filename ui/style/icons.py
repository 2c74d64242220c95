"""The icon family (Lucide, ISC), tinted when it is drawn."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from installer.core.resources import read_text

SIZE = 18


@cache
def _source(name: str) -> str:
    return read_text(f"icons/{name}.svg")


@cache
def pixmap(name: str, color: str, size: int = SIZE, ratio: float = 0.0) -> QPixmap:
    """The icon *name* in *color* (``#rrggbb``), *size* device independent pixels square.

    Cached: icons are few, and a list asks for the same one in every row.
    """
    ratio = ratio or QGuiApplication.primaryScreen().devicePixelRatio()
    data = _source(name).replace("currentColor", color)
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(data.encode())).render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, color: str, size: int = SIZE) -> QIcon:
    """As ``pixmap``, for buttons."""
    return QIcon(pixmap(name, color, size))
