"""By the organisation's own accounts, with OpenID Connect (Keycloak, Entra ID, Okta, …). Read by Airflow as its configuration.

Whoever the provider lets in comes as Viewer; groups get more by OIDC_ROLES, anew at each sign-in, so that a role ends with the
group. The provider has to give `preferred_username`, which stands beside what somebody changed, and an e-mail address.
"""

from __future__ import annotations

import os
from typing import Any

from flask_appbuilder.const import AUTH_OAUTH


class SignInMisconfigured(ValueError):
    """A setting is missing or cannot be read; the message says which, and how it is written."""


def needed(name: str, example: str) -> str:
    """A setting of the environment. Raises SignInMisconfigured."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise SignInMisconfigured(f"To sign in by OpenID Connect, set {name}, e.g. {name}={example}")
    return value


def roles(text: str) -> dict[str, list[str]]:
    """`scouts=User,leads=Admin` as group -> roles. Raises SignInMisconfigured."""
    found: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        group, _, role = (each.strip() for each in part.rpartition("="))
        if not group or role not in {"Viewer", "User", "Op", "Admin"}:
            raise SignInMisconfigured(
                f"OIDC_ROLES: {part!r} is not understood. Write group=role, with role Viewer, User, Op or Admin, "
                "e.g. OIDC_ROLES=scouts=User,leads=Admin"
            )
        found.setdefault(group, []).append(role)
    return found


_ISSUER = needed("OIDC_ISSUER", "https://login.example.com/realms/desk").rstrip("/")

AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Viewer"
AUTH_ROLES_MAPPING = roles(os.environ.get("OIDC_ROLES", ""))
# Always: somebody who calls themselves as a stored user must not get that user's role.
AUTH_ROLES_SYNC_AT_LOGIN = True
OAUTH_PROVIDERS: list[dict[str, Any]] = [
    {
        "name": "oidc",
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": needed("OIDC_CLIENT_ID", "cometwatch"),
            "client_secret": needed("OIDC_CLIENT_SECRET", "…"),
            "server_metadata_url": f"{_ISSUER}/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid profile email", "code_challenge_method": "S256"},
        },
    }
]
