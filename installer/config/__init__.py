"""Settings + release → the files to place: ``.env``, override file, certificates. Pure."""

from installer.config.certificate import load_certificate
from installer.config.changes import Change
from installer.config.render import Configuration, Port, render

__all__ = ["Certificate", "Change", "Configuration", "Port", "load_certificate", "render"]
