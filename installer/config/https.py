"""What the release's web server does beyond the release: the redirect to HTTPS, Strict-Transport-Security,
and where a web server in front of it does the encryption, what it says to Dify's services.

The release's own ``https.conf.template`` stays as it is. Ours is the same with lines added, mounted in its
place, so an upgrade brings the new release's lines. It ends up inside of the one ``server`` block, which
listens on both ports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from installer.answers import Answers
from installer.core.resources import table
from installer.hosts.base import FileContent
from installer.release.archive import ReleaseTree

#: Below the docker folder. The name is older than what else is in it; installations have it.
HTTPS_TEMPLATE = "nginx/https-redirect.conf.template"
#: 180 days, what tests of web servers ask for at least; longer would be hard on who turns HTTPS off again.
#: A web server in front of Dify gets the same (``https.reverse_proxy.front``).
#: Other names of the domain are not ours to speak for: no includeSubDomains, no preload.
HSTS_SECONDS = 180 * 24 * 60 * 60
#: Where authorities ask for the proof that a name is ours, by plain HTTP (RFC 8555, 8.3).
CHALLENGE_PATH = "/.well-known/acme-challenge/"

_REDIRECT = """\
# who comes by http is sent to https, but for proofs to an authority that issues certificates
set $asked_by $scheme;
if ($uri ~ "^%(challenge)s") {
    set $asked_by authority;
}
if ($asked_by = http) {
    return 301 https://$host%(port)s$request_uri;
}
"""
_HSTS = """\
# browsers that came by https stay with it; nginx leaves out a header that is empty: by plain http, and where
# proofs are asked for
set $hsts "";
if ($scheme = https) {
    set $hsts "max-age=%(seconds)d";
}
if ($uri ~ "^%(challenge)s") {
    set $hsts "";
}
add_header Strict-Transport-Security $hsts always;
"""


def changes_https(answers: Answers) -> bool:
    """Whether the release's template is not enough."""
    return answers.tls.on and (answers.tls.redirect or answers.tls.hsts)


def https_template(release_template: str, answers: Answers) -> str:
    """The release's https.conf.template with what *answers* want besides."""
    return release_template.rstrip("\n") + "\n" + "".join(_rules(answers))


def nginx_variables(answers: Answers) -> tuple[str, ...]:
    """Variables of nginx in ``https_template``, sorted."""
    redirect = ("asked_by", "host", "request_uri", "scheme", "uri") if answers.tls.redirect else ()
    hsts = ("hsts", "scheme", "uri") if answers.tls.hsts else ()
    return tuple(sorted({*redirect, *hsts}))


def _rules(answers: Answers) -> Iterator[str]:
    challenge = CHALLENGE_PATH.replace(".", r"\.")
    if answers.tls.redirect:
        port = "" if answers.ports.https == 443 else f":{answers.ports.https}"
        yield _REDIRECT % {"challenge": challenge, "port": port}
    if answers.tls.hsts:
        yield _HSTS % {"challenge": challenge, "seconds": HSTS_SECONDS}


def forwarded_files(answers: Answers, tree: ReleaseTree) -> Iterator[FileContent]:
    """The templates of ours that take the place of the release's, as they are in *tree*."""
    if answers.tls.way.in_front:
        for entry in table("webserver")["forwarded"]:
            yield FileContent(entry["ours"], behind(tree.text(entry["path"])).encode(), 0o644)


def forwarded_mounts(answers: Answers) -> tuple[tuple[str, str], ...]:
    """Where they are mounted: file of ours → path in the container."""
    known = table("webserver")["forwarded"] if answers.tls.way.in_front else ()
    return tuple((f"./{entry['ours']}", entry["mounted"]) for entry in known)


def behind(template: str) -> str:
    """*template*, which names scheme and port as the inner web server sees them (plain HTTP), with those that
    people's browsers see."""
    values: Mapping[str, str] = table("webserver")["forwarded_values"]
    for variable, value in values.items():
        template = template.replace(variable, value)
    return template
