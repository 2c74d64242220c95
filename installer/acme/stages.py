"""Names of the stages that ask an authority. No imports: code that follows a job needs them, too."""

from __future__ import annotations

STEP = "certificate"
#: Whose failure means what ``acme.explain`` says.
DRY_RUN, ISSUE = f"{STEP}:trial", STEP
