"""An account's tokens: encrypted in the database, renewed by one worker at a time, and never lost that could be kept.

A renewal is worth a refresh token, and may replace it. So it is noted before it is asked for (which proves that the database
can be written), no transaction is open meanwhile, its answer is stored before anything else is done, and the token that was
used is kept behind the new one until that has been proved by a renewal of its own: older ones are tried where the newest is
refused. Whether TikTok takes an old one for long nobody wrote down. What remains is a machine that dies in the moment between
TikTok's answer and its being stored, if TikTok then refuses the old token: only the owner's consent helps.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from include.account_analytics.secrets_kept import KeyChanged, Safe
from include.database import Connector, Database, Row
from include.failures import NeedsPerson
from include.settings import Secret
from include.tiktok_business.errors import RefreshRefused
from include.tiktok_business.parsers import Grant
from include.vendors.errors import CallFailed, Permanent, Unavailable

Renew = Callable[[str], Grant]
MARGIN = timedelta(minutes=10)  # an access token that ends so soon is renewed before it is used
LEASE_SECONDS = 300.0  # longer than a renewal may take with all its tries (see OAuth.longest)
LOOK_AGAIN_SECONDS = 0.5
# An answer is held in memory for as long as the database may be away: giving up would lose it.
PATIENCE_SECONDS = 3600.0
# Outcomes of attempts by which no tokens can have been lost: TikTok said what it did.
_ANSWERED = frozenset({"rate_limited", "refused_key", "rejected", "forbidden", "not_found"})
log = logging.getLogger(__name__)


class NotAuthorized(NeedsPerson, Permanent):
    """The account's owner has not let the app in, or TikTok lets it in no more; the message says what to do."""


class Keeper:
    """One account's access for one worker; as the client's `Access`."""

    def __init__(
        self, connector: Connector, safe: Safe, account: str, renew: Renew, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._store = Database(connector, PATIENCE_SECONDS)
        self._safe = safe
        self._account = account
        self._renew_with = renew
        self._lease_seconds = lease_seconds
        self._owner = uuid4().hex

    def close(self) -> None:
        self._store.close()

    def token(self) -> str:
        """An access token that has not ended. Raises NotAuthorized, KeyChanged, and what a renewal may raise."""
        row = self._read()
        if row["access_expires_at"] - row["now"] > MARGIN:
            return self._unlocked(row["access_token"])
        return self._renewed(row["version"])

    def renewed(self, refused: str) -> str:
        """Another one than `refused`: what somebody else has renewed meanwhile, or we do now."""
        row = self._read()
        known = self._unlocked(row["access_token"])
        return known if known != refused else self._renewed(row["version"])

    def business_id(self) -> str:
        """What TikTok calls the account, for this app."""
        return str(self._read()["business_id"])

    def scopes(self) -> list[str]:
        """The permissions that the owner gave."""
        return list(self._read()["scopes"])

    def _renewed(self, version: int) -> str:
        """Renew what was read as this version, or wait for whoever does."""
        give_up_at = time.monotonic() + self._lease_seconds + 30
        while not (leased := self._lease(version)):
            row = self._read()
            if row["version"] != version:
                return self._unlocked(row["access_token"])
            if time.monotonic() > give_up_at:
                raise Unavailable(
                    f"@{self._account}: somebody else has been renewing its tokens for too long; try again"
                )
            time.sleep(LOOK_AGAIN_SECONDS)
        return self._renew(version, leased[0])

    def _renew(self, version: int, leased: Row) -> str:
        """With the lease in hand. Whatever ends it without tokens gives the lease back."""
        code, is_answered, is_stored = None, False, False
        try:
            grant, used = self._ask(leased["refresh_tokens"])
            self._save(version, grant, used)
            is_stored = True
        except RefreshRefused as refused:
            # Whoever had the lease before us may have been renewing all the while: then our token was used up by that.
            if (row := self._read())["version"] != version:
                return self._unlocked(row["access_token"])
            code, is_answered = refused.status or 0, True
            raise NotAuthorized(self._ended(code, leased["lost_at"]), attempts=refused.attempts) from refused
        except CallFailed as error:
            is_answered = bool(error.attempts) and all(each.outcome in _ANSWERED for each in error.attempts)
            raise
        finally:
            if not is_stored:
                self._end(version, code, leased["lost_at"], is_answered=is_answered)
        log.info("The tokens of @%s were renewed.", self._account)
        return grant.access_token

    def _ask(self, refresh_tokens: Sequence[bytes]) -> tuple[Grant, bytes]:
        """New tokens, by the first refresh token that TikTok takes; and which it was. Raises RefreshRefused for all of them."""
        refusals = []
        for locked in refresh_tokens:
            try:
                return self._renewed_with(self._unlocked(locked)), bytes(locked)
            except RefreshRefused as refused:
                refusals.append(refused)
            except KeyChanged:
                # An older one, of a key that is gone, says nothing of what TikTok refused.
                if not refusals:
                    raise
        raise refusals[0]

    def _renewed_with(self, refresh_token: str) -> Grant:
        """Where TikTok gives no other refresh token, the one that was used goes on counting."""
        grant = self._renew_with(refresh_token)
        return grant if grant.refresh_token else replace(grant, refresh_token=refresh_token)

    def _save(self, version: int, grant: Grant, used: bytes) -> None:
        """Before anything else: from now on only what is stored here counts at TikTok."""
        parameters = {
            **locked_grant(self._safe, grant),
            "account": self._account,
            "version": version,
            "owner": self._owner,
        }
        self._store.rows("account_analytics/official/save_renewal", {**parameters, "used": used})

    def _lease(self, version: int) -> list[Row]:
        parameters = {
            "account": self._account, "version": version, "owner": self._owner, "seconds": self._lease_seconds
        }  # fmt: skip
        return self._store.rows("account_analytics/official/lease_renewal", parameters)

    def _end(self, version: int, code: int | None, lost_at: datetime | None, *, is_answered: bool) -> None:
        whose = {"account": self._account, "version": version, "owner": self._owner}
        said = {"code": code, "lost_at": lost_at, "is_answered": is_answered}
        self._store.rows("account_analytics/official/end_renewal", {**whose, **said})

    def _read(self) -> Row:
        found = self._store.rows("account_analytics/official/read_tokens", {"account": self._account})
        if not found:
            raise NotAuthorized(
                f"@{self._account}: its owner has not let the app in yet. Do it once: make accounts-authorize "
                f"ACCOUNT={self._account}"
            )
        if found[0]["refused_at"] is not None:
            raise NotAuthorized(self._ended(found[0]["refused_code"], found[0]["lost_at"]))
        return found[0]

    def _ended(self, code: int, lost_at: datetime | None) -> str:
        lost = f" The answer to a renewal of {lost_at:%Y-%m-%d %H:%M} UTC was lost." if lost_at else ""
        return (
            f"@{self._account}: TikTok lets the app in no more (code {code}). Its owner took the permission back, a year has "
            f"passed, or an answer was lost.{lost} They have to agree again: make accounts-authorize ACCOUNT={self._account}"
        )

    def _unlocked(self, locked: bytes) -> str:
        return self._safe.unlock(locked, f"A token of @{self._account}").reveal()


def locked_grant(safe: Safe, grant: Grant) -> dict[str, Any]:
    """A grant as the statements take it."""
    return {
        "scopes": list(grant.scopes),
        "access_token": safe.lock(Secret(grant.access_token)),
        "access_seconds": grant.access_seconds,
        "refresh_token": safe.lock(Secret(grant.refresh_token)),
        "refresh_seconds": grant.refresh_seconds,
    }
