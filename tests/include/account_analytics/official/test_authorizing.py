"""The first consent, over HTTP against the sandbox: addresses, codes, whose tokens they are, and what is refused."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics.accounts import Accounts
from include.account_analytics.official import authorizing
from include.account_analytics.official.authorizing import ConsentRefused, code_from, complete
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.local.driven_sandbox import RunningSandbox
from include.settings import Secret, SettingsError
from include.tiktok_business.app import App
from include.tiktok_business.errors import CodeRefused
from tests.include.tiktok_business.consents import CLIENT_ID, CLIENT_SECRET, REDIRECT, agree, handle_of

SAFE = Safe(Secret(Fernet.generate_key().decode()))


def app(sandbox: RunningSandbox | None = None, **extra: object) -> App:
    base = f"{sandbox.url}/accounts_api" if sandbox else "https://x.example"
    return App.read("tiktok_ada", base, CLIENT_ID, CLIENT_SECRET, {"redirect_uri": REDIRECT, **extra})


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def let_in(url: str, sandbox: RunningSandbox, account: str, agreeing: str, **extra: object) -> authorizing.Consent:
    """The whole way: the address, the owner who agrees, and what comes back."""
    asked = app(sandbox, **extra)
    sent = agree(sandbox, agreeing, state_of(authorizing.address(SAFE, asked, account)))
    with Database(lambda: psycopg.connect(url)) as store:
        return complete(store, SAFE, asked, account, code_from(SAFE, account, sent), datetime.now(UTC).date())


def stored(url: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute("select account, business_id, refused_at from account_tokens").fetchall()


def test_the_whole_way(database_url: str, sandbox: RunningSandbox):
    """The account is entered, its tokens are kept, and what was permitted is told; a second consent takes the first's place."""
    handle = handle_of(sandbox)
    consent = let_in(database_url, sandbox, handle, handle)
    assert (consent.account, consent.missing, consent.days) == (handle, (), 365)
    ((account, business_id, refused_at),) = stored(database_url)
    assert (account, refused_at) == (handle, None)
    sandbox.official(account=handle, scopes=["video.list"])
    again = let_in(database_url, sandbox, handle, handle, business_id=business_id)
    assert again.scopes == ("video.list",)
    assert "user.insights" in again.missing


def test_another_account_agreed(database_url: str, sandbox: RunningSandbox):
    """Who agreed is another than was meant: nothing is kept, whether the handle shows it or the id."""
    meant, other = handle_of(sandbox), handle_of(sandbox, "big")
    with pytest.raises(ConsentRefused, match=f"@{other} agreed, and not @{meant}"):
        let_in(database_url, sandbox, meant, other)
    with pytest.raises(ConsentRefused, match="correct business_id"):
        let_in(database_url, sandbox, meant, other, business_id="another")
    assert stored(database_url) == []


def test_another_account_agreed_to_a_second_consent(database_url: str, sandbox: RunningSandbox):
    """What the first consent is worth stays: whoever was logged in as somebody else has lost nothing."""
    meant, other = handle_of(sandbox), handle_of(sandbox, "big")
    let_in(database_url, sandbox, meant, meant)
    before = stored(database_url)
    with pytest.raises(ConsentRefused, match="nothing has changed"):
        let_in(database_url, sandbox, meant, other)
    assert stored(database_url) == before
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select account from accounts").fetchall() == [(meant,)]


def test_two_accounts_of_the_same_owner(database_url: str, sandbox: RunningSandbox):
    """Who is connected under one name is not connected under another one as well, though nobody may know the handle."""
    handle = handle_of(sandbox)
    sandbox.official(account=handle, scopes=["video.list"])
    let_in(database_url, sandbox, handle, handle)
    with pytest.raises(ConsentRefused, match=f"is connected as @{handle} already.*is now called"):
        let_in(database_url, sandbox, "another.name", handle)
    assert [row[0] for row in stored(database_url)] == [handle]


def test_who_agreed_cannot_be_checked(database_url: str, sandbox: RunningSandbox):
    """The code is used up, so that the tokens are kept; that nobody knows whose they are is said."""
    handle = handle_of(sandbox)
    refused = {"kind": "status", "status": 200, "body": {"code": 40002, "message": "fields: not today", "data": {}}}
    sandbox.inject({"match": {"endpoint": "official_account"}, "times": 1, "action": refused})
    consent = let_in(database_url, sandbox, handle, handle)
    assert "not today" in consent.unchecked
    assert [row[0] for row in stored(database_url)] == [handle]


def test_permissions_that_nobody_names(database_url: str, sandbox: RunningSandbox):
    """An answer without them is no answer without any: all is asked for, and who agreed is checked."""
    meant, other = handle_of(sandbox), handle_of(sandbox, "big")
    unnamed = {"kind": "field", "path": "data.scope", "value": None}
    sandbox.inject({"match": {"endpoint": "official_token"}, "times": None, "action": unnamed})
    with pytest.raises(ConsentRefused, match=f"@{other} agreed"):
        let_in(database_url, sandbox, meant, other)
    assert let_in(database_url, sandbox, meant, meant).missing == ()


def test_an_account_that_was_renamed_is_itself(database_url: str, sandbox: RunningSandbox):
    """A handle that is a known name of the account is its own."""
    handle = handle_of(sandbox)
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into accounts (account, handle) values ('old.name', %s)", [handle])
    assert let_in(database_url, sandbox, "old.name", handle).account == "old.name"


def test_a_code_counts_once(database_url: str, sandbox: RunningSandbox):
    """The same address again is told as used, and the tokens stay."""
    handle, asked = handle_of(sandbox), app(sandbox)
    sent = agree(sandbox, handle, state_of(authorizing.address(SAFE, asked, handle)))
    today = datetime.now(UTC).date()
    with Database(lambda: psycopg.connect(database_url)) as store:
        complete(store, SAFE, asked, handle, code_from(SAFE, handle, sent), today)
        with pytest.raises(CodeRefused, match="Begin again"):
            complete(store, SAFE, asked, handle, code_from(SAFE, handle, sent), today)
    assert len(stored(database_url)) == 1


def sealed(account: str, age: float) -> str:
    return SAFE.lock(Secret(json.dumps({"account": account, "at": time.time() - age}))).decode()


@pytest.mark.parametrize(
    ("sent", "sealed_for", "age", "why"),
    [
        ("code=abc", None, 0, "asked for here"),
        ("code=abc&state=made-up", None, 0, "asked for here"),
        ("code=abc", "bob", 0, "of @bob"),
        ("code=abc", "ada", 3700, "of more than an hour ago"),
        ("code=abc", "ada", -60, "of more than an hour ago"),
        ("state=x", None, 0, "no code in this address"),
        ("error=access_denied", None, 0, "did not agree"),
    ],
)
def test_what_is_no_answer_of_ours(sent: str, sealed_for: str | None, age: float, why: str):
    """An address without our state, with another account's, or with an old one is refused, each in its words."""
    state = f"&state={sealed(sealed_for, age)}" if sealed_for else ""
    with pytest.raises(ConsentRefused, match=why):
        code_from(SAFE, "ada", f"{REDIRECT}?{sent}{state}")


@pytest.mark.parametrize("pasted", ["", "two words"])
def test_what_is_no_code(pasted: str):
    """Nothing, and what is no single word, is told as such."""
    with pytest.raises(ConsentRefused, match="no code"):
        code_from(SAFE, "ada", pasted)


def test_what_is_an_answer_of_ours():
    """The address with a state of now, under both names of a code; or the code alone, as a person copied it."""
    assert code_from(SAFE, "ada", f" {REDIRECT}?code=a.b*1&state={sealed('ada', 10)} ") == "a.b*1"
    assert code_from(SAFE, "ada", f"{REDIRECT}?auth_code=xyz&state={sealed('ada', 10)}") == "xyz"
    assert code_from(SAFE, "ada", " xyz ") == "xyz"


def test_addresses():
    """TikTok's own address for the app is used where it is given, with our state; else it is made of the client id."""
    own = "https://www.tiktok.com/v2/auth/authorize?client_key=77&scope=a%2Cb&response_type=code&redirect_uri=https%3A%2F%2Fd.example%2Ft%2F"
    made = parse_qs(urlsplit(authorizing.address(SAFE, app(redirect_uri=None, authorization_url=own), "ada")).query)
    assert (made["client_key"], made["scope"], made["redirect_uri"]) == (["77"], ["a,b"], ["https://d.example/t/"])
    other = parse_qs(urlsplit(authorizing.address(SAFE, app(), "ada")).query)
    assert (other["client_key"], other["redirect_uri"]) == ([CLIENT_ID], [REDIRECT])
    assert "video.insights" in other["scope"][0]
    assert code_from(SAFE, "ada", f"{REDIRECT}?code=c&state={other['state'][0]}") == "c"


@pytest.mark.parametrize(
    "redirect", ["", "http://d.example/t/", "https://d.example/t", "https://d.example:8/t/", "https://d.example/t/?a=1"]
)
def test_a_redirect_url_that_tiktok_refuses(redirect: str):
    """It is refused here, with what it has to look like and where it is written."""
    with pytest.raises(
        SettingsError, match=r"connection 'tiktok_ada' needs in its extra.*begins with https://, ends with /"
    ):
        authorizing.address(SAFE, app(redirect_uri=redirect), "ada")


@pytest.mark.parametrize(
    ("login", "password", "extra", "why"),
    [
        (None, "x", {}, "no login: put the client id"),
        ("x", "two words", {}, "its password is empty or holds spaces"),
        ("x", "gehe\u00efm", {}, "its password .*letters outside ASCII"),
        ("x\ny", "x", {}, "its login .*line breaks"),
        ("x", " ", {}, "no password: put the client secret"),
        ("x", "x", {"business_id": 7}, "business_id in its extra is no text"),
    ],
)
def test_a_connection_that_is_not_whole(login: str | None, password: str, extra: dict, why: str):
    """What is missing is named, with the connection."""
    with pytest.raises(SettingsError, match=f"connection 'tiktok_ada'.*{why}"):
        App.read("tiktok_ada", None, login, password, extra)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("http://business.example", "must use https"),
        ("https://me:pw@business.example", "user name"),
        ("ftp://x", "look like"),
    ],
)
def test_a_host_that_must_not_see_a_secret(host: str, why: str):
    """It is the connection's fault, and said as such: it is shown on the page, and not tried again."""
    with pytest.raises(SettingsError, match=f"connection 'tiktok_ada': its host .*{why}") as caught:
        App.read("tiktok_ada", host, "id", "hidden-secret", {})
    assert "hidden-secret" not in str(caught.value)


def test_which_account_is_meant():
    """A known name leads to its account, a new one stands for itself, and what is no handle is refused."""
    known = Accounts({"ada": "ada", "ada.new": "ada"})
    assert authorizing.account_meant(known, " @Ada.New ") == "ada"
    assert authorizing.account_meant(known, "bob") == "bob"
    with pytest.raises(ConsentRefused, match="no handle"):
        authorizing.account_meant(known, "no handle!")
