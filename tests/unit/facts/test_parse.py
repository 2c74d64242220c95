"""The probe's answer, parsed."""

from installer.facts.model import Listener, PublishedPort
from installer.facts.parsers import answer, network

MARK = "===abc"

ANSWER = """noise before
===abc system
uid=1000
user=difyadmin
kernel=Linux 6.1.0
arch=x86_64
hostname=vps
os_PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
os_VERSION_ID="13"
os_ID=debian
os_ID_LIKE="rhel fedora"
os_VERSION_CODENAME=trixie
cpus=2
MemTotal=4000000
MemAvailable=3000000
SwapTotal=0

===abc docker
path=/usr/bin/docker
client=26.1.5
server=26.1.5
root=/var/lib/docker
os_type=linux
compose=v2.26.1-4

===abc listeners
ss LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=103,fd=8))
ss LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=103,fd=9))
ss LISTEN 0 128 127.0.0.53%lo:53 0.0.0.0:*

===abc directory
exists=yes
writable=yes
entry=docker
entry=my notes.txt
docker_entry=.env

===abc disks
folder_kb=/dev/sda1 1000 900 100 90% /opt
docker_kb=//nas/my share 1000 800 200 80% /var/lib/docker

===abc record
{"version": "1.16.1", "project": "dify", "uploaded": true, "services": ["api"], "one_shots": []}

===abc env
SECRET_KEY=abcdefgh

===abc self_signed
-----BEGIN CERTIFICATE-----
-----BEGIN PRIVATE KEY-----

===abc files
0000000000000000000000000000000000000000000000000000000000000001  ./nginx/a file.conf

===abc containers
id1\tdify-nginx-1\trunning\tnginx:latest\tdify\tnginx\t/opt/dify/docker\tUp 5 min\t0.0.0.0:80->80/tcp\tFalse
id2\tdify-api-run-1\texited\tx\tdify\tapi\t/opt/dify/docker\tExited (0)\t\tTrue

===abc images
nginx:latest
langgenius/dify-api:1.16.1

===abc jobs
apply-1=0
apply-2=18

===abc end
"""


def test_whole_answer() -> None:
    facts = answer.facts(ANSWER, MARK)
    assert facts is not None
    assert facts.system.os_id == "debian"
    assert facts.system.os_like == ("rhel", "fedora")
    assert facts.system.os_codename == "trixie"
    assert facts.system.memory == 4_000_000 * 1024
    assert facts.docker.compose == "2.26.1-4"
    assert facts.directory.entries == ("docker", "my notes.txt")
    assert facts.directory.docker_free == 200 * 1024
    assert facts.record is not None
    assert facts.record.uploaded
    assert facts.env is not None
    assert facts.self_signed is not None and "PRIVATE KEY" in facts.self_signed.reveal()
    assert "PRIVATE KEY" not in repr(facts)
    assert "abcdefgh" not in repr(facts)
    assert facts.files == {"nginx/a file.conf": "0" * 63 + "1"}
    assert facts.containers[0].ports[0] == PublishedPort("0.0.0.0", 80, 80)
    assert facts.images == {"nginx:latest", "langgenius/dify-api:1.16.1"}
    assert facts.jobs == {"apply-1": "0", "apply-2": "18"}


def test_images_by_tag_and_digest() -> None:
    """In every form in which something may ask for them; what has neither is left out."""
    one, two = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
    body = f"nginx:latest@{one}\nnginx:<none>@{two}\nlocalhost:5000/own:1@<none>\n<none>:<none>@<none>\n"
    assert set(answer.images(body)) == {
        *("nginx:latest", f"nginx@{one}", f"nginx:latest@{one}", f"nginx@{two}", "localhost:5000/own:1"),
    }


def test_an_answer_cut_off_is_none() -> None:
    assert answer.facts(ANSWER.replace("===abc end", ""), MARK) is None


def test_listeners_of_ss() -> None:
    facts = answer.facts(ANSWER, MARK)
    assert facts is not None
    assert facts.listeners == (
        Listener("0.0.0.0", 22, "sshd", 103),
        Listener("::", 22, "sshd", 103),
        Listener("127.0.0.53", 53),
    )


def test_listeners_of_proc() -> None:
    body = "\n".join(
        [
            "proc   sl  local_address rem_address   st",
            "proc    0: 00000000:0050 00000000:0000 0A 00000000:00000000",
            "proc    1: 0100007F:1F90 00000000:0000 0A 00000000:00000000",
            "proc    2: 0100007F:1F91 00000000:0000 01 00000000:00000000",
            "proc    0: 00000000000000000000000000000000:0050 0:0 0A 0",
        ]
    )
    assert network.listeners(body) == (
        Listener("0.0.0.0", 80),
        Listener("127.0.0.1", 8080),
        Listener("::", 80),
    )


def test_published_ports() -> None:
    text = "0.0.0.0:80->80/tcp, :::80->80/tcp, 127.0.0.1:9000-9001->90-91/tcp, 5003/tcp, 0.0.0.0:53->53/udp"
    assert answer.published(text) == (
        PublishedPort("0.0.0.0", 80, 80),
        PublishedPort("::", 80, 80),
        PublishedPort("127.0.0.1", 9000, 90),
        PublishedPort("127.0.0.1", 9001, 91),
    )


def test_nothing_there() -> None:
    empty = "".join(f"\n{MARK} {name}\n" for name in ("system", "docker", "end"))
    facts = answer.facts(empty, MARK)
    assert facts is not None
    assert facts.docker.path == ""
    assert facts.env is None and facts.self_signed is None
    assert facts.record is None
