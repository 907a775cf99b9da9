"""What can go wrong on a visit of TikTok Studio, by what has to be done about it; no message holds what logs somebody in."""

from __future__ import annotations

from include.failures import NeedsPerson


class VisitFailed(Exception):
    """Base of all of them. `result` is the word for it in `account_browser_log`."""

    result = "failed"


class AuthExpired(NeedsPerson, VisitFailed):
    """TikTok asks to log in. A person has to: passwords and second factors are theirs alone."""

    result = "auth_expired"


class PageChanged(NeedsPerson, VisitFailed):
    """What is pressed is not there any more, or is called something else; the message names the step and a screenshot."""

    result = "page_changed"


class NoDownload(VisitFailed):
    """All was pressed and no whole file came. It may the next time: `retry_after` says in how many seconds that may be."""

    result = "no_download"
    most_tries = 2  # a run that waits for one account's file is late for all of them

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooSoon(VisitFailed):
    """The account, or another one, was visited a short while ago; `retry_after` says in how many seconds its turn comes."""

    most_tries = 2

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
