# ruff: noqa: TID251
"""Draws ``resources/app/icon.svg`` at every size that platforms want.

``python .ci/make_icons.py FOLDER`` writes ``dify-installer``.ico, .icns and -SIZE.png there.

Qt's own ICO and ICNS writers put one picture into a file (tried with 6.11.3), so both containers, which are
simple, are written here. Needs no display.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parent.parent / "resources" / "app" / "icon.svg"
NAME = "dify-installer"
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
#: ICNS type → size in pixels ("Apple Icon Image format": PNG is allowed in all of these)
ICNS_TYPES = (
    *((b"icp4", 16), (b"ic11", 32), (b"icp5", 32), (b"ic12", 64), (b"ic07", 128)),
    *((b"ic13", 256), (b"ic08", 256), (b"ic14", 512), (b"ic09", 512), (b"ic10", 1024)),
)


def draw(size: int) -> QImage:
    """The icon, *size* pixels square. Raises ``ValueError`` if the source is no picture."""
    renderer = QSvgRenderer(QByteArray(SOURCE.read_bytes()))
    if not renderer.isValid():
        raise ValueError(f"{SOURCE} is not a picture")
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def png(image: QImage) -> bytes:
    """*image* as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ValueError("the picture could not be written as PNG")
    return bytes(buffer.data().data())


def dib(image: QImage) -> bytes:
    """*image* as ICO holds it below 256 pixels: a header, rows from the bottom up (BGRA), an empty mask.

    Windows reads PNG in every size, but older parts of the shell do not below 256.
    """
    size = image.width()
    header = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, 0, 0, 0, 0, 0)
    pixels = bytes(image.constBits())
    rows = [pixels[y * size * 4 : (y + 1) * size * 4] for y in reversed(range(size))]
    mask_row = (size + 31) // 32 * 4
    return header + b"".join(rows) + bytes(mask_row * size)


def ico(sizes: tuple[int, ...] = ICO_SIZES) -> bytes:
    """A Windows icon with every size."""
    pictures = [png(draw(size)) if size >= 256 else dib(draw(size)) for size in sizes]
    found = struct.pack("<HHH", 0, 1, len(sizes))
    offset = 6 + 16 * len(sizes)
    for size, data in zip(sizes, pictures, strict=True):
        found += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return found + b"".join(pictures)


def icns() -> bytes:
    """A macOS icon with every size."""
    parts = b""
    for kind, size in ICNS_TYPES:
        data = png(draw(size))
        parts += kind + struct.pack(">I", len(data) + 8) + data
    return b"icns" + struct.pack(">I", len(parts) + 8) + parts


def make(folder: Path) -> None:
    """Write all files into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ico").write_bytes(ico())
    (folder / f"{NAME}.icns").write_bytes(icns())
    for size in PNG_SIZES:
        (folder / f"{NAME}-{size}.png").write_bytes(png(draw(size)))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
