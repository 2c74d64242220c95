"""Known failures in logs: symptoms → entries of the catalogue, from ``resources/diagnosis.toml``. Pure."""

from installer.diagnosis.clean import decoded
from installer.diagnosis.find import diagnose
from installer.diagnosis.rank import Finding

__all__ = ["Finding", "decoded", "diagnose"]
