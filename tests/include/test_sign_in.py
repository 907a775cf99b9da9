"""The configurations of sign-in, as Airflow reads them: a file is run, its upper-case names are settings."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask_appbuilder", reason="needs make extra NAME=users")
FOLDER = Path(__file__).resolve().parents[2] / "include" / "sign_in"
WHOLE = {
    "OIDC_ISSUER": "https://login.example.com/realms/desk/",
    "OIDC_CLIENT_ID": "cometwatch",
    "OIDC_CLIENT_SECRET": "made-up-secret",
}


def read(monkeypatch: pytest.MonkeyPatch, **env: str) -> dict[str, Any]:
    for name in (*WHOLE, "OIDC_ROLES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(FOLDER / "openid_connect.py"))


def test_openid_connect(monkeypatch: pytest.MonkeyPatch):
    """The provider's own description is asked for addresses; roles are those of the groups, and Viewer."""
    found = read(monkeypatch, **WHOLE, OIDC_ROLES=" scouts=User,leads=User, leads=Admin,a=b=Op,")
    (provider,) = found["OAUTH_PROVIDERS"]
    described = "https://login.example.com/realms/desk/.well-known/openid-configuration"
    assert provider["remote_app"]["server_metadata_url"] == described
    assert found["AUTH_ROLES_MAPPING"] == {"scouts": ["User"], "leads": ["User", "Admin"], "a=b": ["Op"]}
    assert (found["AUTH_USER_REGISTRATION_ROLE"], found["AUTH_ROLES_SYNC_AT_LOGIN"]) == ("Viewer", True)


@pytest.mark.parametrize("missing", WHOLE)
@pytest.mark.parametrize("value", [None, " "])
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, missing: str, value: str | None):
    """Without one of them Airflow does not start, and says which; no secret is in the message."""
    env = {name: text for name, text in WHOLE.items() if name != missing} | ({missing: value} if value else {})
    with pytest.raises(ValueError, match=rf"set {missing}, e\.g\.") as refused:
        read(monkeypatch, **env)
    assert WHOLE["OIDC_CLIENT_SECRET"] not in str(refused.value)


@pytest.mark.parametrize("text", ["scouts", "scouts=Boss", "=User", "scouts:User", "scouts=user"])
def test_roles_that_are_none(monkeypatch: pytest.MonkeyPatch, text: str):
    """A role that Airflow does not have would quietly be no role."""
    with pytest.raises(ValueError, match=r"Write group=role, with role Viewer, User, Op or Admin"):
        read(monkeypatch, **WHOLE, OIDC_ROLES=text)


def test_passwords():
    """Airflow's own form."""
    assert runpy.run_path(str(FOLDER / "passwords.py"))["AUTH_TYPE"] == 1
