"""`make run`, `make setup` and `make export`: work in the foreground; what is missing runs as long as it does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from include import migrations, runs
from include.comets.exported_tables import MONTHLY
from include.export import month
from include.local import accounts, airflow, library, ports, postgres, processes, research, sandbox, watched_day
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders, only_one
from include.local.options import read, whole_environment
from include.local.stack import (
    OWN_SANDBOX,
    database_server,
    database_url,
    migrate_schema,
    noted_port,
    pipeline_environment,
)
from include.local.steps import Steps, say
from include.settings import Settings

# Airflow's own records of these runs: a scheduler that `make up` started must never find them, and do their tasks as well.
METADATA = "airflow_run"


def setup(folders: Folders, settings: Settings) -> None:
    """Make the database ready for the pipeline and say what changed."""
    steps = Steps(2)
    with contextlib.ExitStack() as held:
        with steps.step("PostgreSQL") as outcome:
            server = _open_database(held, folders, settings, outcome)
        with steps.step("Cometwatch's tables") as outcome:
            applied = migrate_schema(database_url(settings, server))
            outcome.append(f"applied {', '.join(applied)}" if applied else "up to date")


def export(folders: Folders, settings: Settings) -> None:
    """Write the tables of MONTH (default: the present one) as FORMAT (default: csv) into the folder TO."""
    first_day = month.month_of(os.environ.get("MONTH", ""), settings.now().date())
    file_format = month.format_of(os.environ.get("FORMAT", "") or "csv")
    target = Path(os.environ.get("TO", "") or "export")
    with contextlib.ExitStack() as held:
        url = database_url(settings, _open_database(held, folders, settings, []))
        with psycopg.connect(url) as connection:
            migrations.check(connection)

        def tell(written: month.Written) -> None:
            say(f"{written.path}: {written.rows:,} rows, {written.size:,} bytes")

        month.export_month(lambda: psycopg.connect(url), MONTHLY, first_day, file_format, target, tell)


def authorize(folders: Folders, settings: Settings) -> int:
    """The first consent of an account's owner, with the connections of the Airflow that `make up` starts; the exit status."""
    with contextlib.ExitStack() as held:
        server = held.enter_context(database_server(folders))
        with psycopg.connect(database_url(settings, server)) as connection:
            migrations.check(connection)
        found = sandbox.find(folders) if settings.uses_sandbox else None
        env = pipeline_environment(folders, settings, server, found.url if found else None, whole_environment())
        full = airflow.environment(folders, server, settings.airflow_port, base=env)
        command = [sys.executable, "-m", "include.local.authorize"]
        return subprocess.run(command, cwd=ROOT, env=full, check=False).returncode  # noqa: S603 - our own module


def clear_accounts(folders: Folders, settings: Settings) -> None:
    """Remove what `account_analytics` made of made-up exports."""
    with contextlib.ExitStack() as held:
        url = database_url(settings, _open_database(held, folders, settings, []))
        with psycopg.connect(url) as connection:
            migrations.check(connection)
        accounts.clear(url, settings.lake_uri or f"file://{folders.lake}")


def log_in_account(folders: Folders, settings: Settings) -> None:
    """Somebody logs in for the account ACCOUNT, in a window or by the file STATE."""
    with contextlib.ExitStack() as held:
        url = database_url(settings, _open_database(held, folders, settings, []))
        with psycopg.connect(url) as connection:
            migrations.check(connection)
        accounts.log_in(folders, url, os.environ.get("ACCOUNT", "").strip(), os.environ.get("STATE", "").strip())


def keep_library(folders: Folders, settings: Settings, command: str) -> None:
    """`make reconcile`, `make research-export` and `make research-clear`."""
    with contextlib.ExitStack() as held:
        url = database_url(settings, _open_database(held, folders, settings, []))
        with psycopg.connect(url) as connection:
            migrations.check(connection)
        library.keep(
            command, url, settings.media_uri or f"file://{folders.media}", os.environ.get("TO", "") or "export"
        )


def run(folders: Folders, settings: Settings) -> int:
    """One run of a pipeline, end to end: DAG (default: comets) with the params CONF. Returns the exit status.

    What was started here is stopped, data stays.
    """
    asked = watched_day.what_to_run(os.environ.get("DAG", ""), os.environ.get("CONF", ""))
    folders.make()
    with only_one(folders, "run"), contextlib.ExitStack() as held:
        processes.stop_noted(folders.pid_file(watched_day.DAY))  # left by a killed command
        env = whole_environment()
        options = read(env)
        steps = Steps(7 if asked.watches_videos or asked.reads_exports else 6)
        with steps.step("PostgreSQL") as outcome:
            # Airflow's own records need a server even where the pipeline's data is elsewhere.
            server = held.enter_context(database_server(folders))
            outcome.append(_where_data_goes(settings))
        tikhub_url = None
        if not asked.reads_exports:
            with steps.step("TikHub") as outcome:
                tikhub_url = _open_tikhub(held, folders, settings, outcome)
        env = pipeline_environment(folders, settings, server, tikhub_url, env)
        with steps.step("Cometwatch's tables") as outcome:
            applied = migrate_schema(database_url(settings, server))
            outcome.append(f"{len(applied)} migrations applied" if applied else "up to date")
        if asked.watches_videos:
            with steps.step("Questions") as outcome:
                env |= research.bring_questions(settings, database_url(settings, server), tikhub_url, env, outcome)
        if asked.reads_exports:
            made_up, tikhub_url = _bring_accounts(held, folders, settings, server, env, steps, asked)
            env |= made_up
        with steps.step("Airflow's tables") as outcome:
            env = airflow.environment(folders, server, settings.airflow_port, database=METADATA, base=env)
            changed = airflow.migrate(env, server, folders.log_file("airflow-migrate"), database=METADATA)
            airflow.ensure_pool(server, options.pool_slots, research_slots=research.workers(env), database=METADATA)
            _close_interrupted(airflow.end_left_over_runs(server, METADATA), database_url(settings, server), outcome)
            outcome.append("made" if changed else "up to date")
        with steps.step("The day" if asked.is_daily else asked.dag, on_own_lines=True) as outcome:
            own_sandbox = None if sandbox.find(folders) else tikhub_url
            url = database_url(settings, server)
            status = watched_day.run_day(folders, env, url, own_sandbox, settings.now_override, asked)
            outcome.append("complete" if status == 0 else "FAILED, see above")
        with steps.step("Stopping what this command started"):
            held.close()
    if status == 0:
        is_up = any(airflow.components(folders).values())
        port = (noted_port(folders) if is_up else None) or settings.airflow_port
        say(f"To be seen {'' if is_up else 'after `make up` '}at {airflow.pages_url(port)}")
    return status


def _bring_accounts(
    held: contextlib.ExitStack,
    folders: Folders,
    settings: Settings,
    server: postgres.Server,
    env: Mapping[str, str],
    steps: Steps,
    asked: watched_day.Asked,
) -> tuple[dict[str, str], str | None]:
    """What tells the DAG of made-up exports and of a made-up account, where nothing else is; and the sandbox's URL, if used."""
    url = database_url(settings, server)
    with steps.step("Exports") as outcome:
        connections = airflow.account_connections(env, server)
        made_up = accounts.bring_exports(folders, settings, url, outcome, connections)
    with steps.step("Accounts that come by themselves") as outcome:
        if not made_up or not settings.uses_sandbox:
            outcome.append(f"by {', '.join(connections[:5])}" if connections else "none has a connection")
            return made_up, None
        sandbox_url = _open_sandbox(held, folders, settings, outcome)
        agrees = not asked.conf.get("dry_run")
        account = accounts.bring_account(folders, settings, sandbox_url, url, outcome, agrees=agrees)
        stands_in = {
            "TIKHUB_BASE_URL": sandbox_url,
            "TIKHUB_API_KEY": sandbox.KEY,
        }
        return {**made_up, **account, **stands_in}, sandbox_url


def _close_interrupted(over: list[tuple[str, str]], url: str, outcome: list[str]) -> None:
    """Runs of commands that were killed are not running any more; nobody but the next command can know that at once."""
    if not over:
        return
    with psycopg.connect(url, connect_timeout=15) as connection:
        closed = runs.interrupt(connection, over)
    if closed:
        outcome.append(f"a run of {closed[0]['day']} was interrupted")


def _open_database(
    held: contextlib.ExitStack, folders: Folders, settings: Settings, outcome: list[str]
) -> postgres.Server | None:
    """The embedded server when it is the one in use; None when the user brought a database."""
    outcome.append(_where_data_goes(settings))
    return held.enter_context(database_server(folders)) if settings.uses_embedded_postgres else None


def _open_tikhub(held: contextlib.ExitStack, folders: Folders, settings: Settings, outcome: list[str]) -> str | None:
    """The sandbox's URL when it stands in for TikHub; None when the user brought a key."""
    if not settings.uses_sandbox:
        outcome.append(f"{settings.tikhub_base_url} with your key: calls are paid for")
        return None
    url = _open_sandbox(held, folders, settings, outcome)
    outcome.append(f"no TIKHUB_API_KEY is set, so the sandbox answers on {url}: made-up creators, no cost")
    return url


def _open_sandbox(held: contextlib.ExitStack, folders: Folders, settings: Settings, outcome: list[str]) -> str:
    """The URL of the sandbox of `make up`, else of one for the time of this command."""
    running = sandbox.find(folders)
    if running is not None and settings.now_override is not None:
        raise LocalError(
            f"COMETS_NOW would set the clock of the sandbox on {running.url}, which the Airflow of `make up` goes by. "
            "Stop that with `make down` first, or remove COMETS_NOW."
        )
    if running is None:
        running = held.enter_context(_own_sandbox(folders, settings, outcome))
    return running.url


@contextlib.contextmanager
def _own_sandbox(folders: Folders, settings: Settings, outcome: list[str]) -> Iterator[sandbox.Sandbox]:
    """A sandbox for the time of this command; one left by a killed command is ended first."""
    sandbox.stop(folders, name=OWN_SANDBOX)
    port = settings.sandbox_port
    if not ports.is_free(port):
        port, busy = ports.free_port(port), port
        outcome.append(f"port {busy} is in use, taking {port}")
    try:
        yield sandbox.start(folders, port, name=OWN_SANDBOX, as_recorded=settings.sandbox_as_recorded)
    finally:
        sandbox.stop(folders, name=OWN_SANDBOX)


def _where_data_goes(settings: Settings) -> str:
    if settings.uses_embedded_postgres:
        return "no database is configured, so the embedded one is used"
    return "your database from .env (the embedded one keeps only Airflow's own records)"
