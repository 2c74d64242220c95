"""The way through the pages."""

from __future__ import annotations

from installer.views.wizard.state import PageId, WizardState


def route(state: WizardState) -> tuple[PageId, ...]:
    """The pages this person sees, in order; a page with nothing to ask is not among them."""
    if state.intent == "open":
        return (PageId.WELCOME, PageId.LOGIN)
    skipped = {PageId.REPORT}
    if not state.answers.target.host_kind.needs_login:
        skipped.add(PageId.LOGIN)
    return tuple(page for page in PageId if page not in skipped)


def place_of(state: WizardState) -> PageId:
    """The page of the way that *state* is at: what lies beside it belongs to where one came from."""
    if state.page is not PageId.REPORT:
        return state.page
    return PageId(state.support.back) if state.support and state.support.back else PageId.WELCOME


def neighbour(state: WizardState, step: int) -> PageId | None:
    """The page *step* places from the current one, None beyond the ends."""
    pages = route(state)
    place = (pages.index(state.page) if state.page in pages else 0) + step
    return pages[place] if 0 <= place < len(pages) else None


def can_go_back(state: WizardState) -> bool:
    """Not from the first page, and not once Install was pressed, whether it still runs or is over."""
    if state.page is PageId.REPORT:
        return True
    if state.page is PageId.INSTALL:
        return state.work.busy is None and state.install.outcome is None
    return state.page is not PageId.DONE and neighbour(state, -1) is not None


def may_visit(state: WizardState, page: PageId) -> bool:
    """Whether the rail may lead to *page*: back to what is done, until Install was pressed."""
    pages = route(state)
    if state.page in (PageId.INSTALL, PageId.DONE) or page not in pages or state.page not in pages:
        return False
    return pages.index(page) < pages.index(state.page)
