"""What a role cannot start without: database, Redis, Celery's broker, its own secrets, a writable storage."""

from __future__ import annotations

import base64
import os
import re
import time
from pathlib import Path

from .databases import DRIVER, database
from .objects import ObjectStoreError, keep
from .settings import ENV, MIGRATION_SECONDS, MODE, NUMBERS, STRICT, VERSION, die, log
from .sql import Connection, DatabaseError, quote
from .wire_redis import Redis, RedisError, tls

PACKAGES = "/app/api/.venv/lib/python3.12/site-packages"
TABLES = """
create table if not exists alembic_version(version_num varchar(32));
create table if not exists dify_setups(
  version varchar(255) not null, setup_at timestamp not null default now());
create table if not exists accounts(id serial, name text, email text, password text);
create table if not exists lab_starts(at timestamp default now(), version text, mode text)"""


def need_database() -> Connection:
    """A database that is not there yet is waited for; a refused password is fatal, as in the real image."""
    for attempt in range(10):
        try:
            return database()
        except DatabaseError as error:
            if error.refused or attempt == 9:
                die(
                    "Traceback (most recent call last):\n"
                    f'  File "{PACKAGES}/{DRIVER.partition(".")[0]}/__init__.py", line 122, in connect\n'
                    f"sqlalchemy.exc.OperationalError: ({DRIVER}.OperationalError) {error}\n"
                    "(Background on this error at: https://sqlalche.me/e/20/e3q8)",
                    "engine.py:1971",
                )
            time.sleep(1)
    raise AssertionError


def need_redis() -> Redis:
    host, port = ENV.get("REDIS_HOST", "redis"), ENV.get("REDIS_PORT", "6379")
    password, user = ENV.get("REDIS_PASSWORD", ""), ENV.get("REDIS_USERNAME", "")
    context = None
    if ENV.get("REDIS_USE_SSL", "false").lower() == "true":
        verify = ENV.get("REDIS_SSL_CERT_REQS") == "CERT_REQUIRED"
        context = tls(ENV.get("REDIS_SSL_CA_CERTS", ""), verify=verify)
    try:
        return Redis(host, port, password, ENV.get("REDIS_DB", "0"), user, context=context)
    except RedisError as error:
        kind = "ConnectionError" if "connecting" in str(error) else "AuthenticationError"
        die(f"Traceback (most recent call last):\nredis.exceptions.{kind}: {error}", "ext_redis.py:90")


def shown_broker() -> str:
    return re.sub(r":[^:@/]*@", ":**@", ENV.get("CELERY_BROKER_URL", ""))


def need_broker(fatal: bool = True) -> Redis:
    """Celery's own text while it tries; a refused password ends it at once."""
    attempt = 0
    while True:
        attempt += 1
        pause = min(2 * attempt, 32)
        try:
            return Redis.from_url(ENV.get("CELERY_BROKER_URL", ""))
        except RedisError as error:
            text = f"consumer: Cannot connect to {shown_broker()}: {error}.\n"
            log("ERROR", "consumer.py:508", f"{text}Trying again in {pause}.00 seconds... ({attempt}/100)")
            if fatal and (attempt >= 3 or (STRICT and "connecting" not in str(error))):
                die(f"kombu.exceptions.OperationalError: {error}", "celery.py:1")
        time.sleep(pause)


def migrate() -> None:
    print("Running migrations", flush=True)
    connection = need_database()
    log("INFO", "system.py:141", "Preparing database migration...")
    connection.query(TABLES)
    connection.query(
        f"delete from alembic_version; insert into alembic_version values({quote(VERSION)});"
        f"insert into lab_starts(version, mode) values({quote(VERSION)}, {quote(MODE)})"
    )
    time.sleep(MIGRATION_SECONDS)
    log("INFO", "system.py:160", "Database migration successful!")
    connection.close()


def need_secret_key() -> None:
    """Since 1.14.1 an empty SECRET_KEY is made up and kept in the storage folder."""
    if ENV.get("SECRET_KEY"):
        return
    if NUMBERS < (1, 14, 1):
        die("ValueError: SECRET_KEY is not set", "dify_config.py:1")
    path = Path("/app/api", ENV.get("OPENDAL_FS_ROOT", "storage"), ".dify_secret_key")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode())
    except PermissionError as error:
        die(f"PermissionError: [Errno 13] Permission denied: '{error.filename}'", "secret_key.py:1")


def need_storage() -> None:
    if ENV.get("STORAGE_TYPE") == "s3":
        try:
            keep(f"privkeys/{VERSION}", b"lab")
        except ObjectStoreError as error:
            die(f"botocore.exceptions.ClientError: {error}", "ext_storage.py:30")
        return
    path = "/app/api/storage/privkeys"
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except PermissionError:
        die(
            "opendal.exceptions.PermissionDenied: PermissionDenied (permanent) at write, "
            f"context: {{ service: fs, path: {path} }} => Permission denied (os error 13)"
        )
