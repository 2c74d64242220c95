"""Why something failed: evidence from the target, then the known failures that it proves."""

from installer.explain.explain import Heard, Scene, explained

__all__ = ["Heard", "Scene", "explained"]
