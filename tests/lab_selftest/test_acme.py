"""The ACME server really fetches challenges and signs what the lab's images trust."""

from __future__ import annotations

import pytest

from tests.lab import Lab
from tests.lab.pki import ca_certificate
from tests.lab.procs import run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]
ORDER = "certonly --standalone -n --agree-tos -m a@example.org --no-eff-email -d"


def certbot(lab: Lab, name: str, ip: str) -> tuple[int, str]:
    """Ask for a certificate from a container at *ip*."""
    network = ["--network", lab.place.docker_network, "--ip", ip]
    words = ["docker", "run", "--rm", *network, "certbot/certbot", *ORDER.split(), name]
    result = run([*words, "--server", lab.place.acme_url], check=False, env=lab.engine.environment())
    return result.returncode, result.stdout + result.stderr


def test_a_certificate_is_issued(calm: Lab) -> None:
    ip = calm.place.address(250)
    calm.acme.dns("add-a", {"host": "dify.test.", "addresses": [ip]})
    code, text = certbot(calm, "dify.test", ip)
    assert code == 0, text
    assert "Successfully received certificate" in text


@pytest.mark.slow
def test_a_challenge_that_nobody_answers(calm: Lab) -> None:
    calm.acme.dns("add-a", {"host": "gone.test.", "addresses": [calm.place.address(249)]})
    code, text = certbot(calm, "gone.test", calm.place.address(250))
    assert code
    assert "gone.test" in text


def test_the_authority_is_not_the_machine_s(lab: Lab) -> None:
    shown = run(["openssl", "x509", "-in", ca_certificate(), "-noout", "-subject"]).stdout
    assert "Dify Installer Lab CA" in shown
