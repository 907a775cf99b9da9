"""`make accounts-authorize`: what it shows, what it takes, what it keeps, and what it never shows."""

from __future__ import annotations

import json
import re

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics.secrets_kept import Safe
from include.local import authorize
from include.local.driven_sandbox import RunningSandbox
from include.settings import Secret
from tests.include.account_analytics.official.test_authorizing import state_of
from tests.include.tiktok_business.consents import CLIENT_ID, CLIENT_SECRET, REDIRECT, agree, handle_of

KEY = Fernet.generate_key().decode()


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch, database_url: str, sandbox: RunningSandbox) -> str:
    """An account with a connection; Airflow has a key, and knows the database."""
    fields = psycopg.conninfo.conninfo_to_dict(database_url)
    database = {"conn_type": "postgres", "host": fields["host"], "login": fields["user"], "schema": fields["dbname"]}
    named = handle_of(sandbox)
    app = {
        "conn_type": "generic", "host": f"{sandbox.url}/accounts_api", "login": CLIENT_ID, "password": CLIENT_SECRET,
        "extra": json.dumps({"redirect_uri": REDIRECT}),
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", json.dumps(database))
    monkeypatch.setenv(f"AIRFLOW_CONN_TIKTOK_{named.upper()}", json.dumps(app))
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", KEY)
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")  # there is no database of Airflow's here
    monkeypatch.setenv("ACCOUNT", f"@{named.upper()}")
    monkeypatch.delenv("CODE", raising=False)
    return named


def test_the_address_and_then_the_code(
    handle: str,
    database_url: str,
    sandbox: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):
    """Where nobody can type, it shows the address and how to go on; with what came back, the account is connected."""
    assert authorize.main() == 1
    shown = capsys.readouterr()
    (address,) = re.findall(r"https://www\.tiktok\.com/v2/auth/authorize/\S+", shown.out)
    assert f"ACCOUNT={handle} CODE='the whole address" in shown.err
    sent = agree(sandbox, handle, state_of(address))
    monkeypatch.setenv("CODE", sent)
    assert authorize.main() == 0
    said = capsys.readouterr()
    assert f"@{handle} is connected" in said.out
    with psycopg.connect(database_url) as connection:
        access, (refresh,) = connection.execute("select access_token, refresh_tokens from account_tokens").fetchone()
    tokens = [Safe(Secret(KEY)).unlock(locked, "x").reveal() for locked in (access, refresh)]
    assert [token for token in (*tokens, CLIENT_SECRET) if token in shown.out + shown.err + said.out + said.err] == []
    assert authorize.main() == 1
    assert "used before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ACCOUNT", "", "no handle"),
        ("ACCOUNT", "nobody.else", "There is no Airflow connection tiktok_nobody.else"),
        ("AIRFLOW__CORE__FERNET_KEY", "", "openssl rand -base64 32"),
        ("CODE", "https://desk.example/tiktok/?code=x&state=y", "Begin again"),
        ("CODE", "made-up", "used before"),
    ],
)
def test_what_it_says(
    handle: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, name: str, value: str, said: str
):
    """Each thing that is missing or wrong in one message, with what to do."""
    monkeypatch.setenv(name, value)
    assert authorize.main() == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"login": None}, "put the client id"),
        ({"extra": "{}"}, "needs in its extra the redirect URL"),
        ({"extra": "[]"}, "no JSON object"),
        ({"extra": '{"via": "browser"}'}, "accounts-login"),
        ({"extra": '{"via": "pigeon"}'}, "write api or browser"),
        ({"host": "http://elsewhere.example", "extra": json.dumps({"redirect_uri": REDIRECT})}, "must use https"),
    ],
)
def test_connections_that_are_not_right(
    handle: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, changes: dict, said: str
):
    """What has to be corrected in the connection is named."""
    app = {"conn_type": "generic", "login": CLIENT_ID, "password": CLIENT_SECRET, **changes}
    monkeypatch.setenv(f"AIRFLOW_CONN_TIKTOK_{handle.upper()}", json.dumps(app))
    monkeypatch.setenv("CODE", "" if "host" not in changes else "some-code")
    assert authorize.main() == 1
    assert said in capsys.readouterr().err
