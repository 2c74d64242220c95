"""Known failures in logs: symptoms → entries of the catalogue, from ``resources/diagnosis.toml``. Pure."""

from installer.core.errors import KnownFailure
from installer.diagnosis.clean import decoded
from installer.diagnosis.find import Piece, diagnose, diagnose_all, warm_up

__all__ = ["KnownFailure", "Piece", "decoded", "diagnose", "diagnose_all", "warm_up"]
