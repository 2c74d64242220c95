"""Settings + release → the files to place: ``.env``, override file, certificates. Pure."""

from installer.config.in_use import Change
from installer.config.render import Configuration, Port, render

__all__ = ["Certificate", "Change", "Configuration", "Port", "render"]
