"""Dify's own database, PostgreSQL or MySQL by DB_TYPE; the same SQL is sent to both."""

from __future__ import annotations

from .settings import ENV
from .sql import Connection, DatabaseError, quote
from .wire_mysql import MySql
from .wire_postgres import Postgres

KIND = ENV.get("DB_TYPE") or "postgresql"
DRIVER = "pymysql.err" if KIND == "mysql" else "psycopg2"
#: There before anything is made: where one logs in to make another one.
FIRST_DATABASE = "mysql" if KIND == "mysql" else "postgres"


def database(name: str = "") -> Connection:
    """Log in to *name* (DB_DATABASE if empty). Raises ``DatabaseError``."""
    password, name = ENV.get("DB_PASSWORD", ""), name or ENV.get("DB_DATABASE", "dify")
    if KIND == "mysql":
        return MySql(
            ENV.get("DB_HOST", "db"),
            ENV.get("DB_PORT", "3306"),
            ENV.get("DB_USERNAME", "root"),
            password,
            name,
        )
    return Postgres(
        ENV.get("DB_HOST", "db"),
        ENV.get("DB_PORT", "5432"),
        ENV.get("DB_USERNAME", "postgres"),
        password,
        name,
    )


def make_database(name: str) -> None:
    """Log in to *name*; if that fails, create it unless it is there, and try again. Raises
    ``DatabaseError``."""
    try:
        database(name).close()
    except DatabaseError:
        connection = database(FIRST_DATABASE)
    else:
        return
    table, column = (
        ("information_schema.schemata", "schema_name") if KIND == "mysql" else ("pg_database", "datname")
    )
    if not connection.query(f"select 1 from {table} where {column}={quote(name)}"):
        connection.query(f'create database "{name}"')
    connection.close()
    database(name).close()
