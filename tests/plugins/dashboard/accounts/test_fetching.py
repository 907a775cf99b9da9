"""The part "Fetched every day" of the page "Accounts": what is configured, when it came, what ends, what is to be done."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.accounts.rows import Connection, account
from tests.plugins.dashboard.test_comets import HOSTILE, words

Browsers = Callable[[str | None], Browser]
ALL = "{user.info.username,user.account.type,user.info.stats,user.insights,video.list,video.insights}"


def insert(connection: Connection, table: str, given: dict[str, str]) -> None:
    query = f"insert into {table} ({', '.join(given)}) values ({', '.join(given.values())})"  # noqa: S608
    connection.execute(query.encode())


def source(connection: Connection, name: str, **columns: str) -> None:
    account(connection, name)
    given = {"account": f"'{name}'", "via": "'api'", "connection": f"'tiktok_{name}'", **columns}
    insert(connection, "account_sources", given)


def tokens(connection: Connection, name: str, **columns: str) -> None:
    given = {
        "account": f"'{name}'", "business_id": "'77'", "scopes": f"'{ALL}'", "access_token": "'sealed-a'",
        "access_expires_at": "now()", "refresh_tokens": "array['sealed-r'::bytea]",
        "refresh_expires_at": "now() + interval '300 days'",
    }  # fmt: skip
    insert(connection, "account_tokens", {**given, **columns})


def login(connection: Connection, name: str, **columns: str) -> None:
    given = {"account": f"'{name}'", "state": "'sealed-l'", "logged_in_at": "now()", "saved_at": "now()"}
    insert(connection, "account_browser_states", {**given, **columns})


def told(page: str) -> dict[str, str]:
    """What is said of each account, in the order of the page."""
    part = page[page.index('id="fetched"') :]
    part = part[: part.index("</table>")]
    found = [words(row) for row in re.findall(r"<tr>.*?</tr>", part, re.DOTALL)[1:]]
    return {re.match(r"@(\S+)", text)[1]: text for text in (row.strip() for row in found)}


def test_without_connections_nothing_is_said(browser: Browsers, connection: Connection):
    """The part is there only for who has a connection."""
    account(connection, "nora")
    assert 'id="fetched"' not in browser("viewer").page("/accounts")


def test_what_is_to_be_done(browser: Browsers, connection: Connection):
    """One sentence for each account, those that need a person first; no token and no secret stands on the page."""
    came = {"came_at": "now()", "came_to": "current_date - 1"}
    source(connection, "well", **came)
    tokens(connection, "well")
    source(connection, "new")
    source(connection, "shut", **came)
    tokens(connection, "shut", refused_at="'2026-01-02T03:04Z'", refused_code="40105")
    source(connection, "broken", failed_at="'2026-01-02T03:04Z'", failure="'TikTok could not answer (50000)'")
    tokens(connection, "broken", authorized_at="'2026-01-01'")
    source(connection, "ending", **came)
    tokens(connection, "ending", refresh_expires_at="now() + interval '20 days'")
    source(connection, "less", **came)
    tokens(connection, "less", scopes="'{video.list}'")
    source(connection, "late", came_at="now() - interval '3 days'")
    tokens(connection, "late")
    # Somebody has done what it said: the next run shows whether it helped.
    source(connection, "mended", **came, failed_at="now() - interval '1 hour'", failure="'do it'")
    tokens(connection, "mended")
    source(
        connection, "window_mended", **{**came, "via": "'browser'"}, failed_at="'2026-01-02T03:04Z'", failure="'do it'"
    )
    login(connection, "window_mended")
    for name in ("window", "window_new", "window_shut", "window_ending", "window_broken"):
        failed = {"failed_at": "now()", "failure": "'the step was not found'"} if name == "window_broken" else {}
        source(connection, name, **{**came, "via": "'browser'", **failed})
    login(connection, "window", ends_at="now() + interval '8 days'")
    login(connection, "window_shut", refused_at="'2026-01-02T03:04Z'")
    login(connection, "window_ending", ends_at="now() + interval '6 days'")
    login(connection, "window_broken", logged_in_at="now() - interval '1 day'")
    page = browser("viewer").page("/accounts")
    said = told(page)
    assert list(said) == [
        *("broken", "ending", "late", "less", "new", "shut"),
        *("window_broken", "window_ending", "window_new", "window_shut", "mended", "well", "window"),
        "window_mended",
    ]
    expected = {
        "broken": "It could not be fetched on 2026-01-02: TikTok could not answer (50000)",
        "ending": "let its owner agree again before: make accounts-authorize ACCOUNT=ending",
        "late": "Nothing has come since",
        "less": "Its owner did not permit user.insights: give the app these permissions",
        "new": "Let its owner agree once: make accounts-authorize ACCOUNT=new",
        "shut": "TikTok lets the app in no more since 2026-01-02. Let its owner agree again",
        "well": "nothing",
        "window": "a browser (experimental)",
        "window_new": "Log in once: make accounts-login ACCOUNT=window_new",
        "window_shut": "TikTok asks to log in since 2026-01-02: make accounts-login ACCOUNT=window_shut",
        "window_ending": "log in again before: make accounts-login ACCOUNT=window_ending",
        "window_broken": "the step was not found",
    }
    assert {name: text for name, text in expected.items() if text not in said[name]} == {}
    assert "tiktok_well" in said["well"]
    assert all(said[name].endswith("nothing") for name in ("mended", "window_mended"))
    assert said["window"].endswith("nothing")
    assert "not permitted: user.info.username" in said["less"]
    assert not any(each in page for each in ("sealed", "77<"))


def test_what_others_wrote_is_calm(browser: Browsers, connection: Connection):
    """What TikTok said is a text on the page, whatever is in it."""
    source(connection, "odd", failed_at="now()")
    connection.execute("update account_sources set failure = %s", [HOSTILE])
    tokens(connection, "odd", authorized_at="'2026-01-01'")
    page = browser("viewer").page("/accounts")
    assert "<script>alert" not in page
    assert "It could not be fetched" in told(page)["odd"]
