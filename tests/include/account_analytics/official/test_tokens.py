"""Tokens are never lost: two workers at once, a kill between answer and save, answers that come late, keys that changed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics.official import authorizing
from include.account_analytics.official.tokens import Keeper, NotAuthorized
from include.account_analytics.secrets_kept import KeyChanged, KeyMissing, Safe
from include.database import Database
from include.local.driven_sandbox import RunningSandbox
from include.local.folders import ROOT
from include.settings import Secret
from include.tiktok_business.errors import AppRefused
from include.vendors.errors import Unavailable
from tests.include.tiktok_business.consents import CLIENT_ID, REDIRECT, agree, code_of, handle_of, oauth

KEY = Fernet.generate_key().decode()
# A worker that is killed in the moment in which TikTok's answer has arrived and is not stored.
KILLED = """
import os, sys, psycopg
from include.account_analytics.official.tokens import Keeper
from include.account_analytics.secrets_kept import Safe
from include.settings import Secret
from include.tiktok_business.client import OAuth
from include.vendors.asking import OpenGate
url, base, account, key, client_id, secret, lease = sys.argv[1:]
app = OAuth(base, client_id, secret, OpenGate())

def renew(token):
    app.refresh(token)
    os._exit(9)

Keeper(lambda: psycopg.connect(url), Safe(Secret(key)), account, renew, float(lease)).token()
"""


@dataclass
class Owned:
    """An account whose owner has agreed, and the database that keeps its tokens."""

    url: str
    sandbox: RunningSandbox
    account: str
    safe: Safe

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url)

    def keeper(self, renew: Callable | None = None, **options: float) -> Keeper:
        app = oauth(self.sandbox)
        return Keeper(self.connect, self.safe, self.account, renew or app.refresh, **options)

    def row(self) -> dict:
        with self.connect() as connection:
            cursor = connection.execute("select * from account_tokens where account = %s", [self.account])
            return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))

    def set(self, assignment: str) -> None:
        with self.connect() as connection:
            connection.execute(f"update account_tokens set {assignment}".encode())  # noqa: S608

    def end_access(self) -> None:
        """The access token has ended, at TikTok and by our own clock."""
        self.sandbox.official(account=self.account, end_access=True)
        self.set("access_expires_at = now()")

    def renewals(self) -> int:
        return self.sandbox.official()["accounts"][self.account]["asked"].get("official_refresh", 0)


@pytest.fixture
def owned(database_url: str, sandbox: RunningSandbox) -> Owned:
    made = Owned(database_url, sandbox, handle_of(sandbox), Safe(Secret(KEY)))
    grant = oauth(sandbox).exchange(code_of(agree(sandbox, made.account)), REDIRECT)
    with Database(made.connect) as store:
        authorizing.save(store, made.safe, made.account, grant)
    return made


def test_a_token_that_counts_is_taken_as_it_is(owned: Owned):
    """Nothing is asked while the access token has not ended; what TikTok calls the account comes with it."""
    keeper = owned.keeper()
    assert keeper.token().startswith("act.")
    assert owned.renewals() == 0
    assert keeper.business_id() == owned.row()["business_id"]
    assert "user.insights" in keeper.scopes()


def test_a_renewal_replaces_both(owned: Owned):
    """The new tokens count, what was used stays behind the new refresh token, and neither lies in the clear."""
    before = owned.row()
    first = owned.keeper().token()
    owned.end_access()
    second = owned.keeper().token()
    after = owned.row()
    assert second != first
    assert (after["version"], after["begun_at"], after["leased_by"], after["leased_until"]) == (2, None, None, None)
    assert after["renewed_at"] is not None
    newest, used = (owned.safe.unlock(locked, "x").reveal() for locked in after["refresh_tokens"])
    assert used == owned.safe.unlock(before["refresh_tokens"][0], "x").reveal()
    assert newest != used
    everything = str(after)
    assert not any(secret in everything for secret in (first, second, newest, used))
    owned.end_access()
    assert owned.keeper().token() != second
    assert owned.safe.unlock(owned.row()["refresh_tokens"][1], "x").reveal() == newest


def test_two_workers_at_once(owned: Owned):
    """Eight workers find that it has ended: one renews, TikTok is asked once, and all get the same token."""
    owned.end_access()
    barrier, got = threading.Barrier(8), []

    def work() -> None:
        keeper = owned.keeper()
        barrier.wait()
        got.append(keeper.token())
        keeper.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(got) == 8
    assert len(set(got)) == 1
    assert owned.renewals() == 1


def test_no_transaction_is_open_while_tiktok_is_asked(owned: Owned):
    """During the call nobody holds a lock on the tokens, and that it was begun is stored already."""
    owned.end_access()
    seen = []

    def renew(token: str):
        with owned.connect() as other:
            other.execute("set lock_timeout = '1s'")
            seen.append(other.execute("select begun_at, leased_by from account_tokens for update").fetchone())
            open_ones = other.execute(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'"
            ).fetchone()
        seen.append(open_ones)
        return oauth(owned.sandbox).refresh(token)

    owned.keeper(renew).token()
    (begun_at, leased_by), (open_transactions,) = seen
    assert begun_at is not None
    assert leased_by is not None
    assert open_transactions == 0


def killed(owned: Owned, lease_seconds: float = 0.2) -> None:
    child = [sys.executable, "-c", KILLED, owned.url, f"{owned.sandbox.url}/accounts_api", owned.account]
    secret = "sandbox-app-secret"
    run = subprocess.run([*child, KEY, CLIENT_ID, secret, str(lease_seconds)], cwd=ROOT, check=False, timeout=60)
    assert run.returncode == 9


@pytest.mark.server  # starts a process
def test_a_kill_between_answer_and_save_where_the_old_token_counts(owned: Owned):
    """The next worker waits for the lease to end, tries the token that is stored, and TikTok takes it: nothing is lost."""
    owned.sandbox.official(account=owned.account, keeps_old=True)
    owned.end_access()
    killed(owned)
    assert owned.row()["begun_at"] is not None
    assert owned.keeper().token().startswith("act.")
    assert owned.renewals() == 2


@pytest.mark.server
def test_a_kill_between_answer_and_save_where_it_does_not(owned: Owned):
    """The only tokens that count died with the worker: a person is told so, and what was lost; a consent mends it."""
    owned.end_access()
    killed(owned)
    with pytest.raises(NotAuthorized, match="make accounts-authorize ACCOUNT=") as caught:
        owned.keeper().token()
    assert "answer to a renewal of" in str(caught.value)
    assert "was lost" in str(caught.value)
    with pytest.raises(NotAuthorized, match="was lost"):
        owned.keeper().token()  # it is not asked for again
    assert owned.renewals() == 1
    grant = oauth(owned.sandbox).exchange(code_of(agree(owned.sandbox, owned.account)), REDIRECT)
    with Database(owned.connect) as store:
        authorizing.save(store, owned.safe, owned.account, grant)
    assert owned.keeper().token() == grant.access_token


def test_an_older_token_is_tried_where_the_newest_is_refused(owned: Owned):
    """Where TikTok took back what it gave last, the one before is tried, and counts."""
    owned.sandbox.official(account=owned.account, keeps_old=True)
    nonsense = owned.safe.lock(Secret("rft.nobody-knows-this"))
    with owned.connect() as connection:
        connection.execute("update account_tokens set refresh_tokens = array[%s::bytea] || refresh_tokens", [nonsense])
    owned.end_access()
    assert owned.keeper().token().startswith("act.")
    assert len(owned.row()["refresh_tokens"]) == 2


def test_an_answer_after_the_lease_has_ended_is_kept(owned: Owned):
    """Two renewed: the first to store counts, and the refresh token of the other is kept behind it."""
    owned.sandbox.official(account=owned.account, keeps_old=True)
    owned.end_access()
    others = []

    def renew(token: str):
        grant = oauth(owned.sandbox).refresh(token)
        others.append(owned.keeper(lease_seconds=60).token())  # ours has ended meanwhile
        return grant

    ours = owned.keeper(renew, lease_seconds=0).token()
    row = owned.row()
    assert ours != others[0]
    assert owned.safe.unlock(row["access_token"], "x").reveal() == others[0]
    assert row["version"] == 2
    assert len(row["refresh_tokens"]) == 3


def test_a_failure_gives_the_lease_back(owned: Owned):
    """When TikTok cannot answer, or does not know the app, the next one may try at once: nothing is taken for refused."""
    owned.end_access()

    def unavailable(_: str):
        raise Unavailable("TikTok sleeps")

    with pytest.raises(AppRefused):
        owned.keeper(oauth(owned.sandbox, "another-secret").refresh).token()
    assert owned.row()["begun_at"] is None
    with pytest.raises(Unavailable, match="sleeps"):
        owned.keeper(unavailable).token()
    begun_at = owned.row()["begun_at"]
    assert begun_at is not None  # nobody knows what TikTok did
    with pytest.raises(AppRefused):
        owned.keeper(oauth(owned.sandbox, "another-secret").refresh).token()
    row = owned.row()
    assert (row["leased_by"], row["refused_at"], row["begun_at"]) == (None, None, begun_at)
    assert owned.keeper().token().startswith("act.")


def test_a_permission_taken_back_is_a_persons(owned: Owned):
    """It is said once with what to do, and TikTok is not asked again for it."""
    keeper = owned.keeper()
    token = keeper.token()
    owned.sandbox.official(account=owned.account, revoke=True)
    for _ in range(2):
        with pytest.raises(NotAuthorized, match="They have to agree again") as caught:
            keeper.renewed(token)
        assert token not in str(caught.value)
    assert owned.row()["refused_code"] == 40105


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("expires_in", "86400"),
        ("expires_in", None),
        ("scope", None),
        ("open_id", None),
        ("refresh_token_expires_in", "soon"),
    ],
)
def test_an_odd_answer_to_a_renewal(owned: Owned, part: str, value: str | None):
    """The tokens in it are the only ones that count from now on: they are kept, and what it did not say stays as it was."""
    before = owned.row()
    owned.end_access()
    action = {"kind": "field", "path": f"data.{part}", "value": value}
    owned.sandbox.inject({"match": {"endpoint": "official_refresh"}, "times": 1, "action": action})
    first = owned.keeper().token()
    row = owned.row()
    assert (row["scopes"], row["business_id"]) == (before["scopes"], before["business_id"])
    assert row["access_expires_at"] > before["access_expires_at"]
    assert row["refresh_expires_at"] >= before["refresh_expires_at"] - timedelta(minutes=1)
    owned.end_access()
    assert owned.keeper().token() != first
    assert owned.renewals() == 2


def test_a_renewal_without_another_refresh_token(owned: Owned):
    """The one that was used goes on counting."""
    owned.sandbox.official(account=owned.account, keeps_old=True)
    owned.end_access()
    action = {"kind": "field", "path": "data.refresh_token", "value": None}
    owned.sandbox.inject({"match": {"endpoint": "official_refresh"}, "times": 1, "action": action})
    before = owned.safe.unlock(owned.row()["refresh_tokens"][0], "x").reveal()
    owned.keeper().token()
    assert owned.safe.unlock(owned.row()["refresh_tokens"][0], "x").reveal() == before


def test_a_lease_that_ended_while_its_holder_waited(owned: Owned):
    """Whoever took the lease after it finds the token used up: it takes what the first one got, and nothing is given up."""
    owned.end_access()

    def renew(token: str):
        owned.keeper(lease_seconds=60).token()  # ours has ended: another one renews
        return oauth(owned.sandbox).refresh(token)

    assert owned.keeper(renew, lease_seconds=0).token().startswith("act.")
    assert owned.row()["refused_at"] is None
    assert owned.renewals() == 1


def test_a_refusal_while_another_answer_is_on_its_way(owned: Owned):
    """The second was told that the token is used up before the first had stored what it got: that counts all the same."""
    owned.end_access()

    def renew(token: str):
        grant = oauth(owned.sandbox).refresh(token)
        with pytest.raises(NotAuthorized):
            owned.keeper(lease_seconds=60).token()
        assert owned.row()["refused_at"] is not None
        return grant

    assert owned.keeper(renew, lease_seconds=0).token().startswith("act.")
    assert (owned.row()["refused_at"], owned.row()["refused_code"], owned.row()["lost_at"]) == (None, None, None)
    owned.end_access()
    assert owned.keeper().token().startswith("act.")


def test_an_older_token_of_a_key_that_is_gone(owned: Owned):
    """What TikTok refused is said, and not that an older token behind it cannot be read any more."""
    gone = Safe(Secret(Fernet.generate_key().decode())).lock(Secret("rft.older"))
    with owned.connect() as connection:
        connection.execute("update account_tokens set refresh_tokens = refresh_tokens || %s::bytea", [gone])
    owned.end_access()
    owned.sandbox.official(account=owned.account, revoke=True)
    with pytest.raises(NotAuthorized, match="They have to agree again"):
        owned.keeper().token()
    assert owned.row()["refused_code"] == 40105


def test_an_account_that_was_forgotten_meanwhile(owned: Owned):
    """Nothing of it is stored, whatever TikTok has answered."""
    owned.end_access()

    def renew(token: str):
        grant = oauth(owned.sandbox).refresh(token)
        with owned.connect() as connection:
            connection.execute("delete from accounts")
        return grant

    owned.keeper(renew).token()
    with owned.connect() as connection:
        assert connection.execute("select count(*) from account_tokens").fetchone() == (0,)
    with pytest.raises(NotAuthorized, match="has not let the app in yet"):
        owned.keeper().token()


def test_keys(owned: Owned):
    """No key refuses clearly; another key says what to do; an older key behind a new one still reads."""
    with pytest.raises(KeyMissing, match="openssl rand"):
        Safe(None)
    newer = Fernet.generate_key().decode()
    owned.safe = Safe(Secret(newer))
    with pytest.raises(KeyChanged, match=f"A token of @{owned.account}"):
        owned.keeper().token()
    owned.safe = Safe(Secret(f"{newer},{KEY}"))
    assert owned.keeper().token().startswith("act.")
