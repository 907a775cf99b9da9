"""A whole Airflow on this machine: its environment, its metadata database, its three processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from include.local import libpq, ports, processes
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.http import get_json
from include.local.keys import USERS, keys, passwords_file
from include.local.postgres import Server

# In the order they are started; stopped in reverse, so nothing new begins while work is wound up.
COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    # The api-server reads the task logs from the same disk, so the log servers (ports 8793 and 8794) are not needed.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    # No task of ours defers. Airflow's first page asks for one all the same, and shows its absence in red.
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
_AUTH_MANAGER = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
POOL = "tikhub"
POOL_SLOTS = 4
ACCOUNTS_POOL, ACCOUNTS_SLOTS = "accounts", 4
RESEARCH_POOL, RESEARCH_SLOTS = "research_download", 3
# Each is a file of its own name.
DAGS = tuple(sorted(path.stem for path in (ROOT / "dags").glob("[a-z]*.py")))
# How all names begin by which an Airflow is configured; those of another one may be set in the same shell.
_AIRFLOWS = re.compile("_*AIRFLOW_")
# Matters of taste: what is set in the environment or `.env` wins.
TASTE = {
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    # The default of 5 makes every finished task hold its slot for 5 s on a busy machine.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # How long the scheduler sleeps when it finds nothing to do, so between any two steps of a day. The default of 1 takes a
    # third of a short day; less than this is not felt any more, and costs a tenth of a core around the clock.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "15",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__API__EXPOSE_CONFIG": "False",
}
# What else may be set from outside: how much, how often, how loud. None of it decides whose Airflow this is, what it runs,
# where it keeps things and whom it believes.
TUNABLE = frozenset(TASTE) | {
    f"AIRFLOW__{name}"
    for name in (
        "API__INSTANCE_NAME",
        "API__WORKERS",
        "API_AUTH__JWT_EXPIRATION_TIME",
        "CORE__DAGBAG_IMPORT_TIMEOUT",
        "CORE__MAX_ACTIVE_TASKS_PER_DAG",
        "DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT",
        "DAG_PROCESSOR__PARSING_PROCESSES",
        "LOGGING__LOGGING_LEVEL",
        "LOGGING__UVICORN_LOGGING_LEVEL",
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL",
        "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL",
        "SCHEDULER__USE_JOB_SCHEDULE",
    )
}
# The connections that the pipeline looks for by name. Each wins over `.env`, as documented.
CONNECTIONS = frozenset(
    f"AIRFLOW_CONN_{name}" for name in ("COMETS_DB", "TIKHUB", "COMETS_SMTP", "COMETS_WEBHOOK", "LAKE", "MEDIA")
)
# And one for each account of one's own, by its handle.
ACCOUNT_CONNECTIONS = "AIRFLOW_CONN_TIKTOK_"
# Named like settings of Airflow, and settings of this project (see .env.example); Airflow knows none of them.
_OWN = frozenset(
    f"AIRFLOW_{name}" for name in ("BASE_URL", "BIND", "FERNET_KEY", "JWT_SECRET", "PASSWORD", "PORT", "SECRET_KEY")
)


# A DAG counts only as this start's Airflow has read it: rows of an earlier one prove nothing.
_IS_LOADED = """
    select not dag.is_stale and not dag.has_import_errors and exists (
        select from serialized_dag where serialized_dag.dag_id = dag.dag_id
    )
    from dag
    where dag.dag_id = %s and dag.last_parsed_time >= %s
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A healthy Airflow: the address a person opens."""

    url: str


def environment(
    folders: Folders,
    server: Server,
    port: int,
    *,
    database: str = "airflow",
    base: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Every variable an Airflow process of this project needs, on top of `base` (default: this process's).

    What makes it this project's Airflow is fixed, matters of taste can be overridden from `base`, and all else that another
    Airflow may have left there is taken out.
    """
    outer = processes.for_python(libpq.without(without_foreign(os.environ if base is None else base)))
    return {**TASTE, **outer, **_fixed(folders, server, port, database), **_paths(outer)}


def without_foreign(env: Mapping[str, str]) -> dict[str, str]:
    """`env` without what configures another Airflow: `AIRFLOW_HOME`, bundles, secrets backends, `…_CMD`, its connections."""
    return {name: text for name, text in env.items() if not _is_foreign(name)}


def foreign(env: Mapping[str, str]) -> list[str]:
    """The names of the settings in `env` that are another Airflow's."""
    return sorted(name for name, text in env.items() if text and _is_foreign(name))


def _is_foreign(name: str) -> bool:
    is_ours = name in TUNABLE | CONNECTIONS | _OWN or name.startswith(ACCOUNT_CONNECTIONS)
    return bool(_AIRFLOWS.match(name)) and not is_ours


def is_migrated(server: Server, database: str = "airflow") -> bool:
    """Whether the metadata tables fit the installed Airflow, by the note `migrate` left in the database."""
    with psycopg.connect(server.url_for(database)) as connection:
        note = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"
        ).fetchone()
    return note == (_version_note(),)


def migrate(
    env: Mapping[str, str],
    server: Server,
    log_file: Path,
    *,
    database: str = "airflow",
    time_limit: float = 300.0,
) -> bool:
    """Bring Airflow's own tables up to date; False when they already were, which costs milliseconds."""
    if is_migrated(server, database):
        return False
    process, child = processes.spawn(
        [sys.executable, "-m", "airflow", "db", "migrate"], log_file=log_file, environment=env, folder=ROOT
    )
    try:
        child.wait(time_limit)
    except subprocess.TimeoutExpired:
        raise LocalError(f"`airflow db migrate` took longer than {time_limit:.0f} s; see {log_file}") from None
    finally:
        processes.stop(process)
    if child.returncode != 0:
        raise LocalError(f"`airflow db migrate` failed; its log ends:\n{processes.last_lines(log_file, 25)}")
    with psycopg.connect(server.url_for(database), autocommit=True) as connection:
        connection.execute(
            sql.SQL("comment on database {} is {}").format(sql.Identifier(database), sql.Literal(_version_note()))
        )
    return True


def ensure_pool(
    server: Server, slots: int | None, *, research_slots: int | None = None, database: str = "airflow"
) -> None:
    """Make the pools that bound the calls in flight, the work on exports, and that on videos; slots changed in the UI stay
    unless they are given: `slots` are those of the first, `research_slots` those of the last.
    """
    statement = """
        insert into slot_pool (pool, slots, description, include_deferred)
        values (%(pool)s, %(slots)s, %(what)s, false)
        on conflict (pool) do update set slots = coalesce(%(chosen)s::integer, slot_pool.slots)
    """
    calls = {"pool": POOL, "slots": slots if slots is not None else POOL_SLOTS, "chosen": slots}
    work = {"pool": ACCOUNTS_POOL, "slots": ACCOUNTS_SLOTS, "chosen": None}
    videos = {"pool": RESEARCH_POOL, "slots": research_slots or RESEARCH_SLOTS, "chosen": research_slots}
    with psycopg.connect(server.url_for(database), autocommit=True) as connection:
        connection.execute(statement, {**calls, "what": "Bounds how many tasks call TikHub at the same time"})
        connection.execute(statement, {**work, "what": "Bounds how many tasks read and write exports at the same time"})
        connection.execute(statement, {**videos, "what": "Bounds how many videos are worked on at the same time"})


def start(
    folders: Folders, env: Mapping[str, str], port: int, *, time_limit: float = 180.0, dag: str | None = "comets"
) -> Running:
    """Start the components; wait until Airflow itself says that all of them are healthy, and `dag` can be triggered.

    Raises PortBusyError before anything is started, LocalError (with the end of the right log) after which
    nothing is left running.
    """
    ports.require_free(port, "AIRFLOW_PORT", "Airflow's web page")
    begun = datetime.now(UTC)
    try:
        for name, arguments in COMPONENTS.items():
            process, _ = processes.spawn(
                [sys.executable, "-m", "airflow", *arguments],
                log_file=folders.log_file(name),
                environment=env,
                folder=ROOT,
            )
            processes.write_pid_file(folders.pid_file(name), process)
        _wait_until_healthy(folders, port, begun, time_limit)
        if dag is not None:
            _wait_until_loaded(folders, env, dag, begun, time_limit)
    except BaseException:
        stop(folders)
        raise
    return Running(url(port))


def url(port: int) -> str:
    return f"http://localhost:{port}"


def pages_url(port: int) -> str:
    """Where Cometwatch's own pages begin."""
    return f"{url(port)}/cometwatch"


def components(folders: Folders) -> dict[str, processes.Process | None]:
    """Name -> the running process of that component, or None."""
    return {name: processes.find(folders.pid_file(name)) for name in COMPONENTS}


def stop(folders: Folders, time_limit: float = 30.0) -> list[str]:
    """Stop every component that runs, with its children. Returns the names of those stopped."""
    return [
        name for name in reversed(COMPONENTS) if processes.stop_noted(folders.pid_file(name), time_limit=time_limit)
    ]


def health(port: int) -> dict[str, str | None]:
    """Component -> status ("healthy", "unhealthy", None) as Airflow reports it; empty without an answer."""
    answer = get_json(f"http://{ports.HOST}:{port}/api/v2/monitor/health") or {}
    return {name: (state or {}).get("status") for name, state in answer.items()}


def _wait_until_healthy(folders: Folders, port: int, begun: datetime, time_limit: float) -> None:
    answer: dict[str, dict[str, str | None]] = {}
    for _ in processes.every(0.5, until=time_limit):
        dead = [name for name, process in components(folders).items() if process is None]
        if dead:
            log = folders.log_file(dead[0])
            raise LocalError(f"Airflow's {dead[0]} ended at once; {log} ends:\n{processes.last_lines(log)}")
        answer = get_json(f"http://{ports.HOST}:{port}/api/v2/monitor/health") or {}
        if _all_healthy(answer, begun):
            return
    slow = next((name for name in ("scheduler", "dag-processor", "triggerer") if answer), "api-server")
    log = folders.log_file(slow)
    raise LocalError(
        f"Airflow was not healthy after {time_limit:.0f} s (it reports {answer or 'nothing'}); "
        f"{log} ends:\n{processes.last_lines(log)}"
    )


def _wait_until_loaded(folders: Folders, env: Mapping[str, str], dag: str, begun: datetime, time_limit: float) -> None:
    """Components may be healthy and serve somebody else's DAGs, or none."""
    for _ in processes.every(0.3, until=time_limit):
        with psycopg.connect(_metadata_url(env)) as connection:
            if connection.execute(_IS_LOADED, [dag, begun]).fetchone() == (True,):
                return
            errors = connection.execute(
                "select filename, stacktrace from import_error where timestamp >= %s order by filename", [begun]
            ).fetchall()
        if any(Path(name or "").stem == dag for name, _ in errors):
            break
    told = "\n".join(f"{name}: {(trace or '').strip()[-1500:]}" for name, trace in errors)
    log = folders.log_file("dag-processor")
    raise LocalError(
        f"Airflow runs, but the DAG {dag} is not in it: {ROOT / 'dags'} cannot be loaded.\n"
        + (told or f"{log} ends:\n{processes.last_lines(log)}")
    )


def end_left_over_runs(server: Server, database: str) -> list[tuple[str, str]]:
    """End the runs that nobody does any more, since nothing runs on `database`: those of commands that were killed.

    Returns the DAG and the id of each.
    """
    with psycopg.connect(server.url_for(database)) as connection:
        ended = connection.execute(
            "update dag_run set state = 'failed', end_date = now() where state in ('queued', 'running')"
            " returning dag_id, run_id"
        ).fetchall()
        connection.execute(
            "update task_instance set state = 'failed', end_date = now()"
            " where (dag_id, run_id) in (select * from unnest(%s::text[], %s::text[]))"
            " and state not in ('success', 'failed', 'skipped', 'removed', 'upstream_failed')",
            [[dag_id for dag_id, _ in ended], [run_id for _, run_id in ended]],
        )
    return ended


def paused(server: Server, database: str = "airflow") -> dict[str, bool]:
    """DAG -> whether it is paused, as Airflow's database has it; only those of ours that it knows."""
    with psycopg.connect(server.url_for(database)) as connection:
        known = connection.execute(
            "select dag_id, is_paused from dag where dag_id = any(%s) and not is_stale order by dag_id", [list(DAGS)]
        )
        return dict(known.fetchall())


def account_connections(env: Mapping[str, str], server: Server, database: str = "airflow") -> list[str]:
    """The names of connections of one's own accounts: those of `env`, and those that somebody made in Airflow."""
    named = [name for name, text in env.items() if name.startswith(ACCOUNT_CONNECTIONS) and text]
    with psycopg.connect(server.url_for("postgres")) as connection:
        if not connection.execute("select from pg_database where datname = %s", [database]).fetchall():
            return sorted(named)
    with psycopg.connect(server.url_for(database)) as connection:
        if connection.execute("select to_regclass('public.connection')").fetchone() == (None,):
            return sorted(named)
        made = connection.execute("select conn_id from connection where starts_with(lower(conn_id), 'tiktok_')")
        return sorted([*named, *(conn_id for (conn_id,) in made)])


def _metadata_url(env: Mapping[str, str]) -> str:
    return env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "", 1)


def _all_healthy(answer: Mapping[str, Mapping[str, str | None]], begun: datetime) -> bool:
    """A heartbeat from before this start is that of an earlier Airflow and proves nothing."""
    if answer.get("metadatabase", {}).get("status") != "healthy":
        return False
    for name in ("scheduler", "dag_processor", "triggerer"):
        state = answer.get(name, {})
        beat = state.get(f"latest_{name}_heartbeat")
        if state.get("status") != "healthy" or beat is None:
            return False
        if datetime.fromisoformat(beat.replace("Z", "+00:00")) < begun:
            return False
    return True


def _version_note() -> str:
    return f"migrated for Airflow {version('apache-airflow-core')}"


def _fixed(folders: Folders, server: Server, port: int, database: str) -> dict[str, str]:
    secret = keys(folders)
    return {
        "AIRFLOW_HOME": str(folders.airflow),
        "AIRFLOW_CONFIG": str(folders.airflow / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__AUTH_MANAGER": _AUTH_MANAGER,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(folders)),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__FERNET_KEY": secret["fernet"],
        # Tasks find the server by this address; the port alone would leave them at 8080.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{ports.HOST}:{port}/execution/",
        "AIRFLOW__API__BASE_URL": url(port),
        "AIRFLOW__API__HOST": ports.HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": secret["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secret["jwt"],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url_for(database, "psycopg2"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": server.url_for(database, "asyncpg"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folders.airflow / "logs"),
    }


def _paths(outer: Mapping[str, str]) -> dict[str, str]:
    """Where Python finds the project, where programs find `airflow`, and no proxy in between local parts."""
    local_hosts = f"localhost,{ports.HOST}"
    no_proxy = outer.get("NO_PROXY") or outer.get("no_proxy")
    no_proxy = f"{no_proxy},{local_hosts}" if no_proxy else local_hosts
    return {
        # Nothing else: an airflow_local_settings.py of another project would be loaded as ours.
        "PYTHONPATH": str(ROOT),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), outer.get("PATH", os.defpath)]),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
