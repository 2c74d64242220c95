"""Repairs: what we can do about a blocker, shown word for word before it is done."""

from installer.repairs.model import IDS, Repair, offered
from installer.repairs.run import repair

__all__ = ["IDS", "Repair", "offered", "repair"]
