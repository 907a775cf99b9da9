"""The local side of `account_analytics`: made-up exports where there are no others, their removal, a look at one file, logins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from include.account_analytics import clearing, drop
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.failures import NeedsPerson
from include.local import keys
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.steps import say
from include.settings import Secret, Settings

DAG = "account_analytics"
SEED = 7
# Made-up downloads of a day are made at this hour of it, so that each day has one drop of them.
HOUR = 4
MADE_UP = "COMETWATCH_MADE_UP_EXPORTS"


def bring_exports(
    folders: Folders, settings: Settings, url: str, outcome: list[str], connections: Collection[str] = ()
) -> dict[str, str]:
    """Say where exports come from; what tells the DAG of the made-up ones, where there are no others to be read.

    They are used with an empty drop folder, no account that is not made up, no connection of one, and the embedded database;
    never beside others. `connections`: the names of the connections of accounts that there are.
    """
    folder = settings.accounts_drop or folders.drop
    dropped = drop.scan(folder)
    if connections or not may_be_made_up(settings, dropped, url):
        outcome.append(f"{len(dropped)} files in the drop folder {folder}")
        return {}
    made = _made_up(folders, settings.now())
    outcome.append(f"the drop folder {folder} is empty, so made-up exports are used")
    return {MADE_UP: str(made)}


def may_be_made_up(settings: Settings, dropped: Sequence[drop.Dropped], url: str) -> bool:
    """Whether made-up exports stand beside nobody's own: no file, no account, no handle, no database."""
    is_own = bool(dropped or settings.account_handles) or not settings.uses_embedded_postgres
    return not is_own and not _has_own_accounts(url)


def bring_account(
    folders: Folders, settings: Settings, sandbox_url: str, url: str, outcome: list[str], *, agrees: bool = True
) -> dict[str, str]:
    """Beside made-up exports: the connection of a made-up account whose owner agrees that the sandbox gives its numbers."""
    from include.local import made_up_account

    made_up_account.set_clock(sandbox_url, settings.now_override)
    safe = Safe(_fernet_keys(folders))
    return made_up_account.bring(sandbox_url, url, safe, settings.now(), outcome, agrees=agrees)


def check(name: str) -> int:
    """What each report of a file, or of all files in a folder, is; nothing is stored. Exit status 1 when nothing is taken."""
    path = Path(name).expanduser()
    if not name or not path.exists():
        raise LocalError("say which file: make accounts-check FILE=~/Downloads/Overview.zip (or a folder with several)")
    from include.account_analytics import check_file  # all that reads exports, which no other command needs

    taken = 0
    for line in check_file.tell(path):
        say(line.text)
        taken += line.is_taken
    return 0 if taken else 1


def clear(url: str, lake_uri: str) -> None:
    """Remove what came from made-up exports."""
    from include.lake import Lake

    gone = clearing.clear(lambda: psycopg.connect(url), Lake(lake_uri))
    say(
        f"Removed: {gone.accounts} made-up accounts, {gone.files} files of theirs, {gone.lake_files} files of the lake."
    )


def log_in(folders: Folders, url: str, name: str, state: str) -> None:
    """Somebody logs in for an account, in a window; or `state` is a file that says how they are (`-`: standard input)."""
    from include.account_analytics.browser import login
    from include.account_analytics.browser import settings as browser
    from include.account_analytics.browser.failures import VisitFailed

    try:
        safe = Safe(_fernet_keys(folders))
        configured = browser.load()
        with Database(lambda: psycopg.connect(url)) as store:
            account = login.account_of(store, name)
            if state:
                given = login.from_file(state)
            elif not login.has_screen():
                raise login.without_screen(account, configured.url)
            else:
                say(f"A window opens: log in as @{account} there, second factor included. It closes by itself.")
                given = login.by_window(configured.url)
            login.keep(store, safe, account, given)
    except (NeedsPerson, VisitFailed) as error:
        raise LocalError(str(error)) from None
    say(f"How @{account} is logged in is kept, encrypted, in the table account_browser_states.")
    if state and state != login.STDIN:
        say(f"Remove {state} now: whoever has it is logged in as well.")


def _fernet_keys(folders: Folders) -> Secret:
    """Those of the Airflow here; in a container, where that has none of its own, those of the environment."""
    given = os.environ.get("AIRFLOW__CORE__FERNET_KEY", "")
    if given and not (folders.airflow / "keys.json").exists():
        return Secret(given)
    folders.make()
    return Secret(keys.keys(folders)["fernet"])


def _has_own_accounts(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("select exists (select from accounts where not is_made_up)").fetchone()
    return bool(found and found[0])


def _made_up(folders: Folders, now: datetime) -> Path:
    """The exports of today, or of yesterday before the hour: made once, so that another run finds nothing new."""
    at = now.astimezone(UTC).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    at -= timedelta(days=1) if at > now else timedelta()
    target = folders.made_up_exports / f"{at:%Y-%m-%d}"
    if target.is_dir():
        return target
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    command = [sys.executable, "-m", "include.sandbox.exports", "--to", str(part)]
    command += ["--seed", str(SEED), "--at", at.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if finished.returncode != 0:
        raise LocalError(f"the made-up exports could not be written: {finished.stderr.strip()[-500:]}")
    part.rename(target)
    return target
