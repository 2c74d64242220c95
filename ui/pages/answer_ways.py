"""Findings that another answer on the Settings page puts right, the same on Checks and on Review."""

from __future__ import annotations

from collections.abc import Mapping

from installer.errors import Code

#: Finding → the words of its way out and the answer to change. A port's answer depends on the number.
WAYS: Mapping[Code, tuple[str, str]] = {
    Code.PORT_IN_USE: ("change_port", ""),
    Code.PORT_LEFT: ("change_port", ""),
    Code.DIRECTORY_FOREIGN: ("change_folder", "target.directory"),
    Code.DIRECTORY_NOT_EMPTY: ("change_folder", "target.directory"),
    Code.DIRECTORY_NOT_WRITABLE: ("change_folder", "target.directory"),
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
}
