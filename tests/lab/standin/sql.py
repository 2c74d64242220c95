"""What the clients of both databases have in common."""

from __future__ import annotations

from typing import Protocol

Row = list[str | None]


class DatabaseError(Exception):
    """*refused*: the server is there and does not let this user in; waiting does not help."""

    def __init__(self, text: str, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


class Connection(Protocol):
    """One connection, logged in."""

    def query(self, sql: str) -> list[Row]:
        """Run *sql* (several statements by semicolons) and return the rows as text."""

    def close(self) -> None: ...


def quote(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
