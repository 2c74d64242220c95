"""What is known about a server's network, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["open", "closed", "unknown"]


@dataclass(frozen=True)
class Reach:
    """Whether something is reached. *reason*: a word for why it is not (``name``, ``timeout``, ``refused``,
    ``route``, ``tls``, ``proxy``, ``status``, ``other``), or why it is not known (``tool``, ``not_asked``,
    ``docker``, ``image``, …); *detail* is the technical text."""

    state: State = "unknown"
    reason: str = "not_asked"
    detail: str = ""

    @property
    def open(self) -> bool:
        """Whether it is known to be reached."""
        return self.state == "open"


@dataclass(frozen=True)
class Way:
    """One way to an endpoint: IPv4, IPv6, or a proxy. *addresses* are what the name resolved to (no more than
    four; None: not known); *status* the HTTP status, 0 without an answer; *seconds* how long it took."""

    reach: Reach = Reach()
    addresses: tuple[str, ...] | None = None
    status: int = 0
    seconds: float = 0.0

    @property
    def nameless(self) -> bool:
        """Whether the name is known to have no address of this family."""
        return self.addresses == () or self.reach.reason == "name"


@dataclass(frozen=True)
class Endpoint:
    """Something the server needs to reach. *id*: of ``resources/network.toml``, or ``mirrorN``; *proxy* is
    where it goes through, without a password; with one *v4* and *v6* were only looked up."""

    id: str
    url: str
    proxy: str = ""
    v4: Way = Way()
    v6: Way = Way()
    through: Way = Way()

    @property
    def host(self) -> str:
        """The name in the URL."""
        return self.url.partition("://")[2].partition("/")[0]

    @property
    def ways(self) -> tuple[Way, ...]:
        """Those that count."""
        return (self.through,) if self.proxy else (self.v4, self.v6)

    @property
    def reach(self) -> Reach:
        """Over any way; closed only if every way that was asked is."""
        for way in self.ways:
            if way.reach.open:
                return way.reach
        asked = [way.reach for way in self.ways if way.reach.state == "closed"]
        if not asked:
            return self.ways[0].reach
        # "no IPv6 here" or "no such address" says less than what the other family met
        telling = [reach for reach in asked if reach.reason not in ("route", "name")]
        return (telling or asked)[0]

    @property
    def status(self) -> int:
        """The HTTP status of the way that answered, 0 if none did."""
        return next((way.status for way in self.ways if way.status), 0)


@dataclass(frozen=True)
class Machine:
    """What tells whose machine it is. *dmi*: ``/sys/class/dmi/id``; *cloud*: cloud-init's cloud-id;
    *reverse*: the reverse name of *address*; *domain*: search domains and the machine's own full name."""

    dmi: dict[str, str] = field(default_factory=dict)
    cloud: str = ""
    address: str = ""
    reverse: str = ""
    domain: str = ""


@dataclass(frozen=True)
class NetworkFacts:
    """The answer of the network job.

    *tool*: what asked (``curl``, ``python3``, ``wget``, ``bash``; empty: the server has none).
    *clock_offset*: seconds by which the server's clock is ahead of the web's, None if not known.
    *provider*: an id of ``resources/providers.toml``, empty if not recognised. *ipv6_address*, *ipv6_route*:
    whether the machine has a global one and a default one.
    """

    endpoints: tuple[Endpoint, ...] = ()
    tool: str = ""
    resolvers: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()
    ipv6_address: bool = False
    ipv6_route: bool = False
    clock_offset: float | None = None
    provider: str = ""
    machine: Machine = Machine()

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """The endpoint of that id; one of which nothing is known if it was not asked."""
        return next((e for e in self.endpoints if e.id == endpoint_id), Endpoint(endpoint_id, ""))

    @property
    def mirror_endpoints(self) -> tuple[Endpoint, ...]:
        """The registry mirrors of Docker's own settings."""
        return tuple(e for e in self.endpoints if e.id.startswith("mirror"))
