"""The ``flask`` command of Dify's image: migrations, and administration that only proves the database is
reached."""

from __future__ import annotations

import sys

from .needs import migrate, need_database

COMMANDS = (
    "reset-password",
    "reset-email",
    "reset-encrypt-key-pair",
    "vdb-migrate",
    "extract-plugins",
    "install-plugins",
    "migrate-data-for-plugin",
    "backfill-plugin-auto-upgrade",
    "create-tenant",
)


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "upgrade-db":
        migrate()
    elif command in COMMANDS:
        need_database().close()
        print(f"{command}: done (lab)")
    else:
        print(f"Error: No such command '{command}'.", file=sys.stderr)
        sys.exit(2)
