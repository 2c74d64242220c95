"""Findings that another answer on the Settings page puts right, the same on Checks and on Review."""

from __future__ import annotations

from collections.abc import Mapping

from installer.core.errors import EXTERNAL_FINDINGS, Code
from installer.core.finding import Finding

#: Finding → the words of its way out and the answer to change. A port's answer depends on the number.
WAYS: Mapping[Code, tuple[str, str]] = {
    Code.PORT_IN_USE: ("change_port", ""),
    Code.PORT_LEFT: ("change_port", ""),
    Code.DIRECTORY_FOREIGN: ("change_folder", "target.directory"),
    Code.DIRECTORY_NOT_EMPTY: ("change_folder", "target.directory"),
    Code.DIRECTORY_NOT_WRITABLE: ("change_folder", "target.directory"),
    Code.DIRECTORY_OF_OTHERS: ("change_folder", "target.directory"),
    Code.DIRECTORY_OPEN: ("change_folder", "target.directory"),
    Code.DIRECTORY_UNCHECKED: ("change_folder", "target.directory"),
    Code.DIRECTORY_PROTECTED: ("change_folder", "target.directory"),
    Code.PROJECT_CLASH: ("change_project", "target.project"),
    Code.PROJECT_OTHER: ("change_project", "target.project"),
    Code.DATABASE_DIFFERS: ("change_database", "database.kind"),
    Code.VOLUMES_LEFT: ("change_project", "target.project"),
    Code.VOLUMES_MISSING: ("change_folder", "target.directory"),
    Code.RELEASE_DIFFERS: ("change_version", "release.version"),
    Code.CERTIFICATE_EXPIRES: ("change_certificate", "tls.certificate"),
    Code.WEBSERVER_UNUSABLE: ("change_https", "tls.proxy_install"),
    Code.TLS_HSTS_LEFT: ("change_https", "tls.mode"),
    Code.TLS_SYSTEM_CANNOT: ("change_https", "tls.mode"),
    Code.DATABASE_ELSEWHERE: ("change_database", "database.settings"),
    # an external service: its section is in the finding
    **dict.fromkeys(
        (c for c in EXTERNAL_FINDINGS if c is not Code.EXTERNAL_UNTESTED), ("change_service", "")
    ),
}


def answer_of(problem: Finding) -> str:
    """The answer to change, which for a port or a service depends on what was found; empty for none."""
    _, field = WAYS.get(problem.code, ("", ""))
    section = problem.params.get("section", "")
    if field or not section:
        return field
    return "mail.kind" if section == "mail" else f"{section}.settings"
