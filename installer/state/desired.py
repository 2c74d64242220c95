"""What should be on the target, compared with what is: files, and whether a service runs as configured. Pure.

``docker compose config --hash`` cannot tell whether a container is up to date: it hashes a service without
its env files, ``up`` hashes it with them (seen with Compose 2.26.1). The result of Compose is a function of
the files it reads, so we compare those: a fingerprint of every file that was in place when ``up`` last ended
well.
"""

from __future__ import annotations

import hashlib

from installer.config.acme_awaited import Awaited
from installer.config.compose_files import has_others
from installer.config.elsewhere import PROFILE
from installer.config.override_choices import hub_path
from installer.config.pins import by_digest, pins_text, read_pins, repository, tagged, unpinned
from installer.config.scale import without_scale
from installer.core.installation_files import OVERRIDE_FILE, PINS_FILE
from installer.hosts.base import FileContent
from installer.release.services import copies
from installer.state.data_folder import DATA_FOLDER
from installer.state.plan_input import Situation


def former_services(situation: Situation) -> tuple[str, ...]:
    """What this installation was made of and no longer is (another vector store), and still has a container:
    ``up`` leaves it running, as the release's file still names it. Others' are left alone."""
    record, wanted = situation.facts.record, situation.configuration.services
    services = (*record.services, *record.former) if record is not None else ()
    return tuple(
        name
        for name in services
        if name not in wanted and name in situation.containers and name in situation.model.services
    )


def former_profiles(situation: Situation, services: tuple[str, ...]) -> tuple[str, ...]:
    """The profiles without which Compose does not know *services*."""
    away = situation.configuration.elsewhere
    stated = {p for name in services for p in situation.model.services[name].profiles if p}
    return tuple(sorted(stated | ({PROFILE} if set(away) & set(services) else set())))


def checksum(data: bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def wanted_files(situation: Situation) -> dict[str, FileContent]:
    """Every file of ``docker/``: the release's, and ours over them."""
    files = {f.path: f for f in situation.tree.files}
    files.update({f.path: f for f in situation.configuration.files})
    return files


def changed_by_hand(situation: Situation) -> tuple[str, ...]:
    """Files of the release that were edited on the target since our verified upload; kept as they are.

    Files that an interrupted upload was about to place are not counted: they may be half of ours.
    """
    record = situation.facts.record
    if record is None or not record.uploaded:
        return ()
    recorded = record.data.get("files", {})
    ours = {f.path for f in situation.configuration.files} | record.pending
    return tuple(
        path
        for path, found in situation.facts.files.items()
        if path not in ours and recorded.get(path) not in (None, found)
    )


def files_to_place(situation: Situation) -> tuple[FileContent, ...]:
    """Those that are missing or differ, without the ones that stay as they are."""
    there = situation.facts.files
    keep = set(changed_by_hand(situation))
    # before the .env that names it; one that is there belongs to the step that downloads images
    pins = () if situation.facts.pins.strip() else (FileContent(PINS_FILE, pins_text({}).encode()),)
    return pins + tuple(
        file
        for path, file in wanted_files(situation).items()
        if there.get(path) != checksum(file.data)
        and path not in keep
        and not (path.startswith(DATA_FOLDER) and path in there)
    )


def leftovers(situation: Situation) -> tuple[str, ...]:
    """Files that an earlier configuration of ours placed and this one does not want (an old key)."""
    record = situation.facts.record
    if record is None:
        return ()
    wanted, tls = {*wanted_files(situation), *situation.configuration.kept}, situation.answers.tls
    # the certificate of before stays until the new one is in force
    kept = "nginx/ssl/" if isinstance(tls, Awaited) and tls.serves else None
    ours = (p for p in record.data.get("ours", ()) if not (kept and p.startswith(kept)))
    return tuple(p for p in ours if p in situation.facts.files and p not in wanted)


def staying(situation: Situation) -> dict[str, str]:
    """Files of an earlier configuration of ours that this one neither places nor removes (a certificate that
    serves until the next one is there), with the checksums that they have."""
    record, there = situation.facts.record, situation.facts.files
    if record is None:
        return {}
    other = {*wanted_files(situation), *leftovers(situation)}
    return {p: there[p] for p in record.data.get("ours", ()) if p in there and p not in other}


def fingerprint(situation: Situation) -> str:
    """Of all files as they will be once the upload is done. Contains no secret: it is a hash of hashes."""
    there = situation.facts.files
    # not the pins: the containers' own images tell (``up_to_date``)
    placed = {file.path for file in files_to_place(situation)}
    sums = {
        path: checksum(file.data) if path in placed else there.get(path, checksum(file.data))
        for path, file in wanted_files(situation).items()
    }
    if OVERRIDE_FILE in sums:  # scaling recreates no container
        sums[OVERRIDE_FILE] = checksum(without_scale(situation.configuration.override_text).encode())
    text = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
    return checksum(text.encode())


def applied(situation: Situation) -> bool:
    """Whether the last ``up`` that ended well had exactly these files."""
    record = situation.facts.record
    last = record.data.get("applied") if record else None
    if not last or situation.facts.jobs.get(last["job"]) != "0":
        return False
    return bool(last["fingerprint"] == fingerprint(situation))


def up_to_date(situation: Situation, service: str) -> bool:
    """Whether *service*'s container runs (a one-shot: ended well) with this configuration."""
    container = situation.containers.get(service)
    if container is None or not applied(situation):
        return False
    if not _as_many(situation, service):
        return False
    if service in pins_to_make(situation) or _moved(situation, service, container.image):
        return False
    if service in situation.configuration.one_shots:
        return container.state == "exited" and container.status.startswith("Exited (0)")
    return container.state == "running"


def _as_many(situation: Situation, service: str) -> bool:
    """Whether as many containers of *service* run as is wanted."""
    wanted = situation.answers.capacity.workers if service in copies() else 0
    there = [c for c in situation.facts.of_project(situation.answers.project) if c.service == service]
    return not wanted or (len(there) == wanted and all(c.state == "running" for c in there))


def images_of(situation: Situation) -> dict[str, str]:
    """Expected service → image with which it starts, by digest where it is pinned. Without those that are
    built."""
    pins, others = kept_pins(situation), replaced(situation)
    images = situation.configuration.service_images.items()
    return {name: pins.get(name) or image for name, image in images if name not in others}


def missing_images(situation: Situation) -> dict[str, str]:
    """Image that is not there → one service that needs it."""
    found: dict[str, str] = {}
    for service, image in images_of(situation).items():
        if not _there(situation, image):
            found.setdefault(image, service)
    return found


def _there(situation: Situation, image: str) -> bool:
    return (by_digest(image) if "@" in image else tagged(image)) in situation.facts.images


# ------------------------------------------------------------------------- pins


def unpinned_images(situation: Situation) -> dict[str, str]:
    """Expected service → image that the release leaves without a version."""
    config, model = situation.configuration, situation.model
    images, others = config.service_images.items(), replaced(situation)
    return {
        n: image for n, image in images if unpinned(image) and not model.services[n].built and n not in others
    }


def replaced(situation: Situation) -> frozenset[str]:
    """Services whose image a person's own Compose file replaces: it runs with what was applied, and is not
    the release's."""
    config = situation.configuration
    if not has_others(config.env) or not applied(situation):
        return frozenset()
    running = {name: container.image for name, container in situation.containers.items()}
    return frozenset(
        name
        for name, image in config.service_images.items()
        if name in running and repository(running[name]) != repository(image)
    )


def kept_pins(situation: Situation) -> dict[str, str]:
    """The pins on the target that are kept. An image that this computer carries has no digest of a registry
    there, so its pin cannot hold; the very image that it names is carried (``images_to_carry``)."""
    pins = holding_pins(situation)
    if not situation.carries:
        return pins
    return {name: pin for name, pin in pins.items() if by_digest(pin) in situation.facts.images}


def images_to_carry(situation: Situation) -> dict[str, str]:
    """Image that is not there, as Compose names it → what is fetched for it: the same, or the one that a pin
    names by its digest."""
    pins = holding_pins(situation)
    return {
        image: by_digest(pin) if (pin := pins.get(service)) and "@" not in image else image
        for image, service in missing_images(situation).items()
    }


def holding_pins(situation: Situation) -> dict[str, str]:
    """The pins on the target that hold: for services that are expected, and for the image that the release
    names. One from a mirror, or from Docker Hub before there was a mirror, is the same under another name."""
    wanted, there = unpinned_images(situation), read_pins(situation.facts.pins) or {}
    found = {}
    for name, image in wanted.items():
        reference, at, digest = there.get(name, "").partition("@")
        hub = hub_path(situation.model.image_of(name, situation.configuration.env))
        same = hub and (hub_path(reference) == hub or reference.endswith(f"/{hub}"))
        if at and tagged(reference) == tagged(image):
            found[name] = there[name]
        elif at and same:
            found[name] = f"{image}@{digest}"
    return found


def pins_to_make(situation: Situation) -> dict[str, str]:
    """Service → image that can be pinned now, or once it is downloaded. One without a digest (loaded from a
    file, built on the machine) cannot."""
    kept, images = kept_pins(situation), situation.facts.images
    return {
        name: image
        for name, image in unpinned_images(situation).items()
        if name not in kept
        and (tagged(image) not in images or any(i.startswith(f"{tagged(image)}@") for i in images))
    }


def stale_pins(situation: Situation) -> bool:
    """Whether the file on the target holds more than what is kept, or cannot be read. Of a service that the
    release no longer has, Compose refuses even an entry that says nothing."""
    there = read_pins(situation.facts.pins) if situation.facts.pins.strip() else {}
    kept, wanted = kept_pins(situation), unpinned_images(situation)
    changed = (kept.get(n) != image if image else n not in wanted for n, image in (there or {}).items())
    return there is None or any(changed)


def _moved(situation: Situation, service: str, running: str) -> bool:
    """Whether the container's image is the pinned one under another digest, or was not pinned yet."""
    pin = kept_pins(situation).get(service, "")
    name = tagged(pin.partition("@")[0])
    return bool(pin) and running != pin and running.partition("@")[0] in (name, pin.partition("@")[0])
