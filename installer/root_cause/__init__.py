"""Why something failed: evidence from the target, then the known failures that it proves."""

from installer.root_cause.explain import Heard, Scene, explained

__all__ = ["Heard", "Scene", "explained"]
