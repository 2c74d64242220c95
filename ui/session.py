"""One installation the window is connected to: the open host and the work that can be done with it.

Every method returns a piece of ``Work`` for ``Jobs``; none of them blocks or touches a widget. What the
engine needs is imported inside, after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from installer.cancel import CancelToken
from installer.errors import InstallError
from installer.events import Emit
from installer.home import Home
from installer.secrets import Redactor
from installer.settings import Answers, Secrets

if TYPE_CHECKING:
    from installer.check_list import Check
    from installer.engine import Engine, Outcome
    from installer.facts.model import Facts
    from installer.hosts.base import Host
    from installer.plan import Plan
    from installer.release.catalogue import ReleaseInfo
    from installer.release.obtain import Obtained
    from installer.situation import Situation

Put = Callable[[Any], None]


@dataclass(frozen=True)
class Looked:
    """What the Checks page is made of; parts come one after the other."""

    facts: Facts
    checks: tuple[Check, ...]
    obtained: Obtained | None = None
    situation: Situation | None = None
    release_error: InstallError | None = None
    settings_error: InstallError | None = None
    running: bool = False


@dataclass(frozen=True)
class Judged:
    """Settings judged again from facts at hand."""

    situation: Situation | None
    checks: tuple[Check, ...]
    error: InstallError | None = None


@dataclass
class Session:
    """*host* is None until ``connect``'s work has ended well and ``adopt`` was called."""

    home: Home
    redact: Redactor = field(default_factory=Redactor)
    host: Host | None = None
    rights: str = ""

    def adopt(self, connected: Any) -> None:
        """Keep the connection that ``connect`` made; the former one is closed."""
        self.close()
        self.host, self.rights = connected.host, connected.rights

    def close(self) -> None:
        """Give the connection up (in a thread: closing may wait for the line)."""
        host, self.host, self.rights = self.host, None, ""
        if host is not None:
            import threading

            threading.Thread(target=host.close, name="close", daemon=True).start()

    # ------------------------------------------------------------------- work

    def connect(self, answers: Answers, secrets: Secrets) -> Callable[[Emit, CancelToken], Any]:
        """Log in. The result is for ``adopt``."""

        def work(emit: Emit, cancel: CancelToken) -> Any:
            from installer.connect import connect

            self.redact.learn(*secrets.all())
            connected = connect(answers, secrets, self.home, cancel)
            if cancel.cancelled:  # at the last moment: nobody will take it
                connected.host.close()
                cancel.check()
            return connected

        return work

    def accept_key(self, answers: Answers, error: InstallError) -> Callable[[Emit, CancelToken], None]:
        """Write the host key that *error* showed to our known_hosts."""

        def work(emit: Emit, cancel: CancelToken) -> None:
            from installer.hosts.host_keys import KnownHosts

            self.home.make()
            params = error.params
            KnownHosts(self.home.known_hosts).accept(params["host"], int(params["port"]), params["key"])

        return work

    def look(
        self, answers: Answers, secrets: Secrets, obtained: Obtained | None, put: Put
    ) -> Callable[[Emit, CancelToken], Looked]:
        """Facts, then the release, then the checks; *put* gets what is known on the way."""
        host, rights = self.host, self.rights

        def work(emit: Emit, cancel: CancelToken) -> Looked:
            from installer.check_list import check_list
            from installer.engine import installed_version

            engine = self._engine(answers, secrets, emit, cancel, host)
            facts = engine.facts()
            found = Looked(
                facts,
                check_list(answers, facts, None, rights=rights),
                running=bool(engine.running_job(facts)),
            )
            put(found)
            try:
                release = obtained or engine.release(installed_version(facts))
            except InstallError as e:
                return replace(found, release_error=e)
            try:
                situation = engine.judge(facts, release)
            except InstallError as e:
                return replace(found, obtained=release, settings_error=e)
            judged = check_list(answers, facts, situation, rights=rights)
            return replace(found, checks=judged, obtained=release, situation=situation)

        return work

    def judge(
        self, answers: Answers, secrets: Secrets, facts: Facts, obtained: Obtained
    ) -> Callable[[Emit, CancelToken], Judged]:
        """Judge the settings from what is at hand; asks nobody."""
        rights = self.rights

        def work(emit: Emit, cancel: CancelToken) -> Judged:
            from installer.check_list import check_list

            try:
                situation = self._engine(answers, secrets, emit, cancel, None).judge(facts, obtained)
            except InstallError as e:
                return Judged(None, check_list(answers, facts, None, rights=rights), e)
            return Judged(situation, check_list(answers, facts, situation, rights=rights))

        return work

    def release(
        self, answers: Answers, secrets: Secrets, facts: Facts
    ) -> Callable[[Emit, CancelToken], Obtained]:
        """Get the release that the answers name."""

        def work(emit: Emit, cancel: CancelToken) -> Obtained:
            from installer.engine import installed_version

            return self._engine(answers, secrets, emit, cancel, None).release(installed_version(facts))

        return work

    def releases(self, answers: Answers) -> Callable[[Emit, CancelToken], tuple[ReleaseInfo, ...]]:
        """The list of releases."""

        def work(emit: Emit, cancel: CancelToken) -> tuple[ReleaseInfo, ...]:
            from installer.release.catalogue import fetch_releases

            if answers.release.is_archive:
                return ()
            return fetch_releases(answers.release.source, cancel=cancel)

        return work

    def plan(self, answers: Answers, secrets: Secrets) -> Callable[[Emit, CancelToken], Plan]:
        """The plan, from fresh facts."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> Plan:
            return self._engine(answers, secrets, emit, cancel, host).plan()

        return work

    def follow(self, answers: Answers, secrets: Secrets) -> Callable[[Emit, CancelToken], bool]:
        """Follow what runs there already, whoever began it, and change nothing."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> bool:
            return self._engine(answers, secrets, emit, cancel, host).attach()

        return work

    def install(self, answers: Answers, secrets: Secrets, put: Put) -> Callable[[Emit, CancelToken], Outcome]:
        """Carry the plan out; *put* gets the plan that is really carried out."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> Outcome:
            return self._engine(answers, secrets, emit, cancel, host).apply(on_plan=put)

        return work

    def local_docker(self, answers: Answers) -> Callable[[Emit, CancelToken], str]:
        """The version of this computer's Docker Engine."""

        def work(emit: Emit, cancel: CancelToken) -> str:
            from installer.connect import connect
            from installer.settings import Target

            here = Answers(target=Target(kind="local", docker=answers.target.docker))
            host = connect(here, Secrets(), self.home, cancel).host
            try:
                with host.docker() as client:
                    return str(client.version()["Version"])
            finally:
                host.close()

        return work

    def _engine(
        self, answers: Answers, secrets: Secrets, emit: Emit, cancel: CancelToken, host: Host | None
    ) -> Engine:
        from installer.engine import Engine

        return Engine(answers, secrets, self.home, emit=emit, cancel=cancel, redact=self.redact, host=host)


def answers_at(url: str) -> Callable[[Emit, CancelToken], bool]:
    """Whether Dify's web server at *url* answers this computer at all (any status counts)."""

    def work(emit: Emit, cancel: CancelToken) -> bool:
        import urllib.error
        import urllib.request

        try:
            with urllib.request.urlopen(f"{url}/console/api/setup", timeout=4):  # noqa: S310  (our own record's http URL)
                return True
        except urllib.error.HTTPError:
            return True
        except (OSError, ValueError):
            return False

    return work
