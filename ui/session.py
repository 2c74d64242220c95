"""One installation the window is connected to: the open host and the work that can be done with it.

Every method returns a piece of ``Work`` for ``Jobs``; none of them blocks or touches a widget. What the
engine needs is imported inside, after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.events import Emit
from installer.home import Home
from installer.secrets import Redactor, Secret
from installer.settings import Answers, Secrets
from ui.looked import AskNetwork, Judged, Looked, judge_rows

if TYPE_CHECKING:
    from installer.check_list import Network
    from installer.engine import Engine, Outcome
    from installer.facts.model import Facts
    from installer.hosts.base import Host
    from installer.hosts.dialogue import Ask
    from installer.hosts.ssh_config import ConfiguredHost
    from installer.hosts.ssh_door import Door
    from installer.network.forward import Forward
    from installer.network.model import NetworkFacts
    from installer.plan import Plan
    from installer.release.catalogue import ReleaseInfo
    from installer.release.obtain import Obtained
    from installer.repairs.model import Repair

Put = Callable[[Any], None]

__all__ = ["Judged", "Looked", "Session", "answers_at"]


@dataclass
class Session:
    """*host* is None until ``connect``'s work has ended well and ``adopt`` was called."""

    home: Home
    redact: Redactor = field(default_factory=Redactor)
    host: Host | None = None
    rights: str = ""
    forward: Forward | None = None

    def adopt(self, connected: Any) -> None:
        """Keep the connection that ``connect`` made; the former one is closed."""
        self.close()
        self.host, self.rights = connected.host, connected.rights

    def close(self) -> None:
        """Give the connection up (in a thread: closing may wait for the line)."""
        host, self.host, self.rights = self.host, None, ""
        forward, self.forward = self.forward, None
        if host is not None:
            import threading

            def close() -> None:
                if forward is not None:
                    forward.close()
                host.close()

            threading.Thread(target=close, name="close", daemon=True).start()

    # ------------------------------------------------------------------- work

    def look_at_door(self, answers: Answers) -> Callable[[Emit, CancelToken], Door]:
        """How the server lets the user in. Nothing but the user's name is sent."""

        def work(emit: Emit, cancel: CancelToken) -> Door:
            from installer.connect import look_at_door

            return look_at_door(answers, self.home, cancel)

        return work

    def configured_hosts(self) -> Callable[[Emit, CancelToken], tuple[ConfiguredHost, ...]]:
        """The servers of this computer's SSH configuration."""

        def work(emit: Emit, cancel: CancelToken) -> tuple[ConfiguredHost, ...]:
            from installer.hosts.ssh_config import configured_hosts

            return configured_hosts()

        return work

    def connect(
        self,
        answers: Answers,
        secrets: Secrets,
        ask: Ask | None = None,
        on_password: Callable[[Secret], None] | None = None,
    ) -> Callable[[Emit, CancelToken], Any]:
        """Log in. The result is for ``adopt``. *on_password* gets a new one that was chosen on the way."""

        def renewed(password: Secret) -> None:
            self.redact.learn(password)
            if on_password is not None:
                on_password(password)

        def work(emit: Emit, cancel: CancelToken) -> Any:
            from installer.connect import connect

            self.redact.learn(*secrets.all())
            connected = connect(answers, secrets, self.home, cancel, ask, renewed)
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
        self,
        answers: Answers,
        secrets: Secrets,
        obtained: Obtained | None,
        put: Put,
        network: AskNetwork,
    ) -> Callable[[Emit, CancelToken], Looked]:
        """Facts, then the release, then the checks; *put* gets what is known on the way. *network* is asked
        for what is known by then of that (``look_at_network``)."""
        host, rights = self.host, self.rights

        def work(emit: Emit, cancel: CancelToken) -> Looked:
            from installer.engine import installed_version

            engine = self._engine(answers, secrets, emit, cancel, host)
            facts = engine.facts()
            checks, repairs = judge_rows(answers, facts, None, rights, network())
            found = Looked(facts, checks, running=bool(engine.running_job(facts)), repairs=repairs)
            put(found)
            try:
                release = obtained or engine.release(installed_version(facts))
            except InstallError as e:
                return replace(found, release_error=e)
            try:
                situation = engine.judge(facts, release)
            except InstallError as e:
                return replace(found, obtained=release, settings_error=e)
            checks, repairs = judge_rows(answers, facts, situation, rights, network())
            return replace(found, checks=checks, repairs=repairs, obtained=release, situation=situation)

        return work

    def look_at_network(self, answers: Answers) -> Callable[[Emit, CancelToken], NetworkFacts]:
        """What the machine reaches, in a request beside everything else."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> NetworkFacts:
            from installer.network.gather import gather_network

            if host is None:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
            return gather_network(host, answers, cancel)

        return work

    def open_through_ssh(self, answers: Answers) -> Callable[[Emit, CancelToken], Forward]:
        """The way to Dify through SSH: the one that is there, or a new one for ``keep_forward``."""
        host, there = self.host, self.forward

        def work(emit: Emit, cancel: CancelToken) -> Forward:
            from installer.network.forward import open_through_ssh
            from installer.web import Web

            if host is None:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
            name = f"{host.label}:{answers.directory}"
            return there or open_through_ssh(host, Web.of(answers), name=name)

        return work

    def keep_forward(self, host: Host | None, forward: Forward) -> bool:
        """Keep the way that was made over *host* until ``close``. If that is not the connection any more, the
        way is closed, and the answer is False."""
        if host is not None and self.host is host:
            self.forward = forward
            return True
        import threading

        threading.Thread(target=forward.close, name="close", daemon=True).start()
        return False

    def judge(
        self,
        answers: Answers,
        secrets: Secrets,
        facts: Facts,
        obtained: Obtained | None,
        network: Network | None,
    ) -> Callable[[Emit, CancelToken], Judged]:
        """Judge the settings from what is at hand; asks nobody."""
        rights = self.rights

        def work(emit: Emit, cancel: CancelToken) -> Judged:
            situation, error = None, None
            if obtained is not None:
                try:
                    situation = self._engine(answers, secrets, emit, cancel, None).judge(facts, obtained)
                except InstallError as e:
                    error = e
            checks, repairs = judge_rows(answers, facts, situation, rights, network)
            return Judged(situation, checks, error, repairs)

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

    def repair_now(
        self, answers: Answers, secrets: Secrets, repair: Repair
    ) -> Callable[[Emit, CancelToken], None]:
        """Carry out a repair that acts at once."""
        host, redact = self.host, self.redact

        def work(emit: Emit, cancel: CancelToken) -> None:
            from installer.repairs.run import repair as carry_out

            redact.learn(*secrets.all())
            if host is None:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
            carry_out(host, repair, emit, cancel, redact)

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
