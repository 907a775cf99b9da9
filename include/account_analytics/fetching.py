"""What a mapped task fetches: the accounts of a batch, one after the other, none of them taking others along."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypedDict

from include.account_analytics.batches import MOST_INSTANCES, Batch, batches
from include.account_analytics.browser.failures import NoDownload, TooSoon
from include.calls.sigterm import ToldToEnd
from include.failures import NeedsPerson
from include.vendors.errors import Permanent, RateLimited

MOST_VISITS = 256  # instances of accounts that a browser fetches: each waits for its turn by itself
log = logging.getLogger(__name__)


class Fetched(TypedDict):
    """An account to fetch, as tasks pass it on: no credential, but the name of the connection that holds them."""

    account: str
    via: str
    connection: str


class AccountsFailed(RuntimeError):
    """Some accounts of a batch could not be fetched; the message names them, the others are handed over.

    `retry_after` and `most_tries` are what the failures that may go away ask for.
    """

    def __init__(self, message: str, retry_after: float | None = None, most_tries: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.most_tries = most_tries


class AccountsNeedPerson(NeedsPerson):
    """Some accounts of a batch could not be fetched, and none of them goes away by itself."""


def plan_again(later: Iterable[Iterable[Fetched] | None] | None) -> list[Batch]:
    """The accounts that a browser brought nothing whole of, one to an instance: each is tried once more."""
    return in_batches([each for some in later or () for each in some or ()], MOST_VISITS)


def fetch_batch(batch: Batch, fetch: Callable[[Fetched], object], *, puts_off: bool = True) -> list[Fetched]:
    """Fetch the accounts of a batch, one after the other; returns those that a browser has to be sent to later, if it `puts_off`.

    One that fails keeps no other away. Raises the error of a batch of one as it is, else AccountsFailed or, where only a person
    can help, AccountsNeedPerson.
    """
    later: list[Fetched] = []
    failed: list[tuple[Fetched, Exception]] = []
    for item in batch["items"]:
        try:
            fetch(item)
        except (NoDownload, TooSoon) as error:
            if not puts_off:
                failed.append((item, error))
                continue
            log.warning("%s Nobody waits for it: it is tried once more, after everything else.", error)
            later.append(item)
        except ToldToEnd:
            raise
        except Exception as error:  # noqa: BLE001 - see the list in test_architecture
            failed.append((item, error))
            if len(batch["items"]) > 1:
                log.error("@%s: %s: %s", item["account"], type(error).__name__, error)
    if failed:
        raise _together(failed, len(batch["items"]))
    return later


def _together(failed: Sequence[tuple[Fetched, Exception]], tried: int) -> Exception:
    """One error for all of them; that of a batch of one as it is."""
    if tried == 1:
        return failed[0][1]
    named = "; ".join(f"@{item['account']}: {type(error).__name__}: {error}" for item, error in failed)
    text = f"{len(failed)} of {tried} accounts could not be fetched: {named}"
    passing = [error for _, error in failed if not isinstance(error, NeedsPerson | Permanent)]
    if not passing:
        return AccountsNeedPerson(text)
    waits = [error.retry_after for error in passing if isinstance(error, NoDownload | TooSoon | RateLimited)]
    tries = [error.most_tries for error in passing if isinstance(error, NoDownload | TooSoon)]
    longest, most = max((wait for wait in waits if wait), default=None), max(tries, default=None)
    return AccountsFailed(text, longest, most if len(tries) == len(passing) else None)


def in_batches(listed: Sequence[Fetched], most: int = MOST_INSTANCES) -> list[Batch]:
    """At most so many instances, each named after its accounts."""
    return batches(listed, [f"@{each['account']}" for each in listed], most)
