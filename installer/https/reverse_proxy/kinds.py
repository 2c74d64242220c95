"""The web servers whose configuration is known. No imports: the command line's options name them."""

from __future__ import annotations

from typing import Literal

Kind = Literal["nginx", "apache", "caddy"]
KINDS: tuple[Kind, ...] = ("nginx", "apache", "caddy")
