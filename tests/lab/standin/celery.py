"""The ``celery`` command of Dify's image, as far as health checks use it: is the broker reached?"""

from __future__ import annotations

import socket
import sys

from .settings import ENV
from .wire_redis import Redis, RedisError


def main() -> None:
    try:
        Redis.from_url(ENV.get("CELERY_BROKER_URL", ""))
    except RedisError as error:
        print("Error:", error, file=sys.stderr)
        sys.exit(69)
    print(f"->  celery@{socket.gethostname()}: OK\n        pong\n\n1 node online.")
