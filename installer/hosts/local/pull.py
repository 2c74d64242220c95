"""Fetching images for a job of this computer: what ``resources/scripts/pull.sh`` does on a server, through
docker-py, as there may be no shell here. Logins are docker-py's to find."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docker.credentials
import docker.errors
import urllib3.exceptions

from installer.core.errors import InstallError
from installer.docker.api import api_client
from installer.docker.dial import STREAM_ERRORS
from installer.docker.pulls import PARALLEL_PULLS, PAUSES, TICK, PullImage, final_texts, plan_line
from installer.hosts.local.dial_stdio import DialStream

TICK_SECONDS = 0.5
#: Of a layer's progress, a line this often.
LAYER_SECONDS = 0.5

Say = Callable[[str], None]


def pull(images: Sequence[PullImage], env: Mapping[str, str], say: Say) -> int:
    """Fetch *images* through the Docker that *env* chooses; *say* takes the log's lines. The exit code."""
    return _Pull(env, say).run(images)


class _Pull:
    def __init__(self, env: Mapping[str, str], say: Say) -> None:
        self._env, self._write = env, say
        self._lock, self._failed = threading.Lock(), threading.Event()
        self._streams: set[DialStream] = set()

    def run(self, images: Sequence[PullImage]) -> int:
        """See ``pull``."""
        self._say(plan_line(images))
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(over,), daemon=True)
        ticker.start()
        with ThreadPoolExecutor(PARALLEL_PULLS) as pool:
            done = [*pool.map(self._fetch, images)]
        over.set()
        ticker.join()
        return 0 if all(done) else 1

    def _tick(self, over: threading.Event) -> None:
        while not over.wait(TICK_SECONDS):
            self._say(TICK)

    def _say(self, line: str) -> None:
        with self._lock:
            self._write(line)

    def _fetch(self, image: PullImage) -> bool:
        """Whether *image* is there in the end. What fails for good ends all others."""
        for pause in (*PAUSES, None):
            if self._failed.is_set():
                return False
            error = self._once(image)
            if error is None:
                self._say(f"{image.name} done")
                return True
            if self._failed.is_set():
                return False
            if pause is None or any(text in error for text in final_texts()):
                break
            self._say(f"{image.name} again {pause}")
            self._failed.wait(pause)
        self._failed.set()
        self._say(f"{image.name} failed")
        with self._lock:
            streams = [*self._streams]
        for stream in streams:
            stream.close()
        return False

    def _once(self, image: PullImage) -> str | None:
        """What went wrong; None if nothing."""
        error = "the Engine ended its answer too early"
        try:
            with api_client(self._stream) as client:
                for entry in self._asked(client, image):
                    self._say(f"{image.name} {json.dumps(entry, separators=(',', ':'))}")
                    if str(entry.get("status", "")).startswith("Status: "):
                        return None
                    error = str(entry.get("error", error))
        except (InstallError, ValueError, urllib3.exceptions.HTTPError, *STREAM_ERRORS) as exc:
            error = exc.detail if isinstance(exc, InstallError) else str(exc)
            self._say(f"{image.name} {json.dumps({'error': error})}")
        return error

    def _asked(self, client: Any, image: PullImage) -> Iterator[dict[str, Any]]:
        """The Engine's lines, without most of a layer's progress."""
        last: dict[str, float] = {}
        for entry in _ask(client, image):
            if entry.get("status") == "Extracting":
                continue
            if entry.pop("progress", None) is not None:
                now = time.monotonic()
                if now - last.get(entry.get("id", ""), -LAYER_SECONDS) < LAYER_SECONDS:
                    continue
                last[entry.get("id", "")] = now
            yield entry

    def _stream(self) -> DialStream:
        stream = DialStream(self._env)
        with self._lock:
            # those that ended are known to their client; a few of them do no harm
            self._streams.add(stream)
        if self._failed.is_set():  # too late to be found by the one that failed
            stream.close()
        return stream


def _ask(client: Any, image: PullImage) -> Iterator[dict[str, Any]]:
    """A login that cannot be had (a helper that is not installed, or fails) is done without, as Docker's own
    client does: public images need none."""
    how = {"tag": image.tag, "stream": True, "decode": True}
    try:
        found: Iterator[dict[str, Any]] = client.pull(image.repository, **how)
    except docker.errors.APIError:
        raise
    except (docker.errors.DockerException, docker.credentials.StoreError):
        found = client.pull(image.repository, **how, auth_config={})
    return found
