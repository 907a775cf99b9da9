"""As which app an account's numbers are asked for: plain values, from the account's connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from include.settings import SettingsError
from include.tiktok_business.endpoints import BASE_URL, SCOPES
from include.vendors.asking import checked_base_url, checked_key
from include.web.transport import DIRECT, Route

API, BROWSER = "api", "browser"
AUTHORIZE = "https://www.tiktok.com/v2/auth/authorize/"
_EXTRA = 'as {"redirect_uri": "https://…/", "authorization_url": "https://www.tiktok.com/v2/auth/authorize?…"}'


@dataclass(frozen=True, slots=True)
class App:
    """`connection` is its name, for messages; `business_id` what TikTok calls the account, where the connection says it.

    `authorization_url` is TikTok's own for this app, as its portal shows it; `redirect_uri` the address registered there.
    """

    connection: str
    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    business_id: str | None = None
    authorization_url: str | None = None
    redirect_uri: str | None = None
    route: Route = DIRECT

    @classmethod
    def read(
        cls,
        connection: str,
        base_url: str | None,
        login: str | None,
        password: str | None,
        extra: Mapping[str, Any],
        route: Route = DIRECT,
    ) -> App:
        """Of the fields of a connection. Raises SettingsError, which says what is to be written where."""
        what = f"The Airflow connection {connection!r}"
        for name, value in (("login", login), ("password", password)):
            if not value or not value.strip():
                meant = "client id (App ID)" if name == "login" else "client secret"
                raise SettingsError(f"{what} has no {name}: put the {meant} of your app at TikTok there.")
        texts = {name: extra.get(name) for name in ("business_id", "authorization_url", "redirect_uri")}
        wrong = next((name for name, value in texts.items() if not (value is None or isinstance(value, str))), None)
        if wrong is not None:
            raise SettingsError(f"{what}: {wrong} in its extra is no text; write it {_EXTRA}.")
        try:
            host = checked_base_url(base_url or BASE_URL, "its host")
            client_id = checked_key(str(login).strip(), "its login")
            secret = checked_key(str(password).strip(), "its password")
        except ValueError as error:
            raise SettingsError(f"{what}: {error}.") from None
        return cls(
            connection,
            host,
            client_id,
            secret,
            route=route,
            **{name: value or None for name, value in texts.items()},
        )

    def redirect(self) -> str:
        """The address to which TikTok sends the account's owner. Raises SettingsError without one, or for what TikTok refuses."""
        within = parse_qs(urlsplit(self.authorization_url or "").query).get("redirect_uri", [""])[0]
        address = self.redirect_uri or within
        try:
            parts = urlsplit(address)
            is_allowed = parts.scheme == "https" and bool(parts.hostname) and parts.port is None
        except ValueError:
            is_allowed = False
        if not is_allowed or not parts.path.endswith("/") or parts.query or parts.fragment:
            raise SettingsError(
                f"The Airflow connection {self.connection!r} needs in its extra the redirect URL that is registered for the app, "
                f"{_EXTRA}: it begins with https://, ends with /, and has no port, query or anchor."
            )
        return address

    def consent_address(self, state: str) -> str:
        """The page that the account's owner opens to agree. Raises SettingsError, as `redirect`."""
        parts = urlsplit(self.authorization_url or AUTHORIZE)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if self.authorization_url is None:
            asked = {"client_key": self.client_id, "scope": ",".join(SCOPES), "response_type": "code"}
        # Without the last, who agreed before is sent back at once, with the permissions of then.
        asked |= {"redirect_uri": self.redirect(), "state": state, "disable_auto_auth": "1"}
        return urlunsplit(parts._replace(query=urlencode(asked)))
