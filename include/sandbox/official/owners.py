"""Who let the app in, and what its tokens are worth: access tokens end, a refresh token is worth one renewal."""

from __future__ import annotations

from dataclasses import dataclass, field

from include.sandbox.dice import Dice

CLIENT_ID, CLIENT_SECRET = "sandbox-app", "sandbox-app-secret"
CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 600, 86_400, 31_536_000
SCOPES = (
    "user.info.basic", "user.info.username", "user.info.stats", "user.account.type", "user.insights", "video.list",
    "video.insights",
)  # fmt: skip


@dataclass(slots=True)
class Owner:
    """One account's side of the consent. `asked` counts requests by endpoint; moments are seconds since 1970.

    Switches: `scopes` of the next tokens; `expires_after` so many more data requests, its access token has ended; `keeps_old`
    refresh tokens valid after a renewal.
    """

    open_id: str
    scopes: tuple[str, ...] = SCOPES
    access: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)  # until when, and for what
    refresh: dict[str, float] = field(default_factory=dict)
    codes: dict[str, tuple[float, str]] = field(default_factory=dict)  # until when, and for which address
    asked: dict[str, int] = field(default_factory=dict)
    expires_after: int | None = None
    keeps_old: bool = False
    is_revoked: bool = False

    def count(self, endpoint: str) -> None:
        self.asked[endpoint] = self.asked.get(endpoint, 0) + 1

    def revoke(self) -> None:
        """The owner took the permission back: nothing counts any more, until they agree again."""
        self.access.clear()
        self.refresh.clear()
        self.is_revoked = True

    def end_access(self) -> None:
        """All access tokens have ended."""
        self.access = {token: (0.0, scopes) for token, (_, scopes) in self.access.items()}


class Tokens:
    """Makes codes and tokens that nobody guesses by chance, and none twice."""

    def __init__(self, seed: int) -> None:
        self._seed, self._made = seed, 0

    def consent(self, owner: Owner, redirect_uri: str, now: float) -> str:
        """The code that the owner's agreement sends back."""
        code = self._word("code", owner)
        owner.codes[code] = (now + CODE_SECONDS, redirect_uri)
        owner.is_revoked = False
        return code

    def grant(self, owner: Owner, now: float, used: str | None = None) -> dict[str, object]:
        """New tokens, for a code or for a refresh token, which is used up by it."""
        access, refresh = self._word("act", owner), self._word("rft", owner)
        until = owner.refresh.get(used, now + REFRESH_SECONDS) if used else now + REFRESH_SECONDS
        if not owner.keeps_old:
            owner.refresh.clear()
        owner.access[access] = (now + ACCESS_SECONDS, owner.scopes)
        owner.refresh[refresh] = until
        return {
            "access_token": access,
            "token_type": "Bearer",
            "scope": ",".join(owner.scopes),
            "expires_in": ACCESS_SECONDS,
            "refresh_token": refresh,
            "refresh_token_expires_in": int(until - now),
            "open_id": owner.open_id,
        }

    def _word(self, kind: str, owner: Owner) -> str:
        self._made += 1
        dice = Dice(self._seed, kind, owner.open_id, self._made)
        return f"{kind}.{dice.bits():016x}{dice.bits():016x}{dice.bits():016x}"
