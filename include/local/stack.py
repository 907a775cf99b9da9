"""`make up`, `make down`, `make status`: PostgreSQL, the sandbox and Airflow in the background."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import sys
from collections.abc import Iterator, Mapping

import psycopg
from psycopg import conninfo

from include import refusals
from include.local import airflow, postgres, processes, research, sandbox
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders, only_one
from include.local.http import post_json
from include.local.keys import erasure_key, keys, passwords
from include.local.options import read, whole_environment
from include.local.ports import require_free
from include.local.steps import Steps, say
from include.local.watched_day import DAY
from include.migrations import migrate
from include.settings import Settings

OWN_SANDBOX = "run-sandbox"  # the one a `run` starts for itself, apart from the one `up` keeps
_KEPT = "postgres"  # pid file of the server that `up` wants kept when a `run` ends
# What would be a second scheduler, or a second worker, on one database: their tasks would be done twice, or by neither.
_SECOND_AIRFLOW = frozenset(
    {"api-server", "celery", "dag-processor", "edge", "kubernetes", "scheduler", "standalone", "triggerer"}
)
# How the names of all settings begin that the background processes are started with.
_SETTINGS = (
    "POSTGRES_URL",
    "DB_",
    "TIKHUB_",
    "COMETS_",
    "FACE_",
    "ERASURE_",
    "LEDGER_",
    "COVERAGE_",
    "ROLL_CALL_",
    "SANDBOX_",
    "LAKE_",
    "MEDIA_",
    "GCS_",
    "ACCOUNTS_",
    "TIKTOK_",
    "SERPER_",
    "RESEARCH_",
    "OCR_",
    "TRANSCRIBE_",
    "WHISPER_",
    "ANTHROPIC_",
    "CLAUDE_",
    "AWS_",
    "GOOGLE_",
    "AIRFLOW_P",
    "AIRFLOW__",
    "AIRFLOW_CONN_",
    "AIRFLOW_VAR_",
)


def up(folders: Folders, settings: Settings) -> None:
    """Start everything in the background, or say that it runs. If a step fails, all is stopped again."""
    if settings.now_override is not None:
        raise LocalError(
            "COMETS_NOW stops the pipeline's clock, and Airflow's scheduler goes by the real one: every night's run would be "
            "refused. Remove it, or try out single days with `make run`, which honours it."
        )
    folders.make()
    with only_one(folders, "up"):
        env = airflow.without_foreign(whole_environment())
        runs, same = _runs_whole(folders, settings), _noted(folders, "settings") == _fingerprint(folders, env)
        if runs and same:
            say("Already running.")
        else:
            if runs:
                say("The settings have changed since it was started: restarting.")
            _start_all(folders, settings, env)
            _note(folders, "settings", _fingerprint(folders, env))
    _say_address(folders, settings)


def down(folders: Folders, *, time_limit: float = 30.0) -> bool:
    """Stop what `up` started, newest first, and nothing else. Data and logs stay. False if a part goes on."""
    folders.make()
    stopped = airflow.stop(folders, time_limit)
    stopped += ["sandbox"] if sandbox.stop(folders) else []
    with contextlib.suppress(LocalError), only_one(folders, "run"):
        # Nobody is running a day now, so what belongs to one was left by a killed command.
        stopped += ["left-over day"] if processes.stop_noted(folders.pid_file(DAY)) else []
        stopped += ["left-over sandbox"] if sandbox.stop(folders, name=OWN_SANDBOX) else []
    folders.pid_file(_KEPT).unlink(missing_ok=True)
    stopped += ["PostgreSQL"] if postgres.release(folders.postgres) else []
    say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
    if postgres.find(folders.postgres) is not None:
        say("PostgreSQL goes on: another command of this project is using it and will stop it.")
        return False
    return True


def airflow_command(folders: Folders, settings: Settings, line: str) -> int:
    """Run a command of Airflow against what `up` started, in place of this process: its exit status is passed on."""
    try:
        arguments = shlex.split(line)
    except ValueError as error:
        raise LocalError(f"ARGS is no command line ({error}): close every quotation mark.") from None
    if not arguments:
        raise LocalError('say which command: make airflow ARGS="dags list"')
    if arguments[0] in _SECOND_AIRFLOW or arguments[:2] == ["dags", "test"]:
        raise LocalError(
            f"`{' '.join(arguments[:2])}` would be a second Airflow on the database of the one that `make up` started, and each "
            "would take the other's tasks. `make run` runs a day in the foreground, beside it."
        )
    server, port = postgres.find(folders.postgres), noted_port(folders)
    if server is None or port is None or not any(airflow.components(folders).values()):
        raise LocalError("no Airflow of this project is running here. Start it with: make up")
    found = sandbox.find(folders) if settings.uses_sandbox else None
    env = pipeline_environment(folders, settings, server, found.url if found else None, whole_environment())
    full = airflow.environment(folders, server, port, base=env)
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *arguments], full)  # noqa: S606 - the user's own command


def status(folders: Folders, settings: Settings) -> bool:
    """Print one line per part; True when everything `up` starts is running."""
    lines = {"PostgreSQL": _state_of_postgres(folders)}
    if settings.uses_sandbox:
        found = sandbox.find(folders)
        lines["sandbox"] = f"running on {found.url}" if found else "stopped"
    for name, process in airflow.components(folders).items():
        lines[f"Airflow {name}"] = f"running (process {process.pid})" if process else "stopped"
    for name, state in lines.items():
        say(f"{name:<22} {state}")
    port = noted_port(folders)
    if port is not None and any(airflow.components(folders).values()):
        sick = {name: state for name, state in airflow.health(port).items() if state == "unhealthy"}
        say(f"{'address':<22} {airflow.url(port)}" + (f"  unhealthy: {', '.join(sick)}" if sick else ""))
    return _runs_whole(folders, settings)


@contextlib.contextmanager
def database_server(folders: Folders) -> Iterator[postgres.Server]:
    """The embedded server for as long as the block runs; then it stops unless somebody else needs it."""
    folders.make()
    _settle(folders)
    try:
        with postgres.lease(folders.postgres):
            yield postgres.start(folders.postgres, log_file=folders.log_file("postgres"))
    finally:
        if not is_kept(folders):
            postgres.release(folders.postgres)


def _settle(folders: Folders) -> None:
    """New data of root's may have to lie outside; a folder that a person named holds what is put there."""
    if not folders.is_named:
        postgres.settle(folders.postgres)


def is_kept(folders: Folders) -> bool:
    """Whether `make up` wants the server that runs now to go on."""
    return processes.find(folders.pid_file(_KEPT)) is not None


def migrate_schema(database_url: str) -> list[str]:
    """Bring our own tables up to date; the names of the migrations that were applied now."""
    try:
        with psycopg.connect(database_url, connect_timeout=15) as connection:
            return migrate(connection)
    except psycopg.OperationalError as error:
        password = conninfo.conninfo_to_dict(database_url).get("password")
        refused = refusals.explain(error, str(password) if password else None)
        raise LocalError(refused or f"the database does not answer: {str(error).strip()}") from error


def pipeline_environment(
    folders: Folders, settings: Settings, server: postgres.Server, tikhub_url: str | None, base: Mapping[str, str]
) -> dict[str, str]:
    """`base` and the settings by which the pipeline finds the parts that stand in for absent ones."""
    env = dict(base)
    if settings.uses_embedded_postgres:
        env["POSTGRES_URL_NON_POOLING"] = server.url_for("cometwatch")
        env["ERASURE_KEY"] = env.get("ERASURE_KEY") or erasure_key(folders)
    elif settings.database_url is not None:
        env["POSTGRES_URL_NON_POOLING"] = settings.database_url.reveal()  # completed from what they do not inherit
    if tikhub_url is not None:
        env |= {"TIKHUB_BASE_URL": tikhub_url, "TIKHUB_API_KEY": sandbox.KEY}
    env["LAKE_URI"] = settings.lake_uri or f"file://{folders.lake}"
    env["ACCOUNTS_DROP"] = str(settings.accounts_drop or folders.drop)
    env["MEDIA_URI"] = settings.media_uri or f"file://{folders.media}"
    env |= research.environment(folders, tikhub_url, env)
    return env


def database_url(settings: Settings, server: postgres.Server | None) -> str:
    """Where the pipeline's tables are: the configured database, else the embedded server's."""
    if settings.database_url is not None:
        return settings.database_url.reveal()
    if server is None:
        raise LocalError("no database is configured and the embedded one is not running")
    return server.url_for("cometwatch")


def noted_port(folders: Folders) -> int | None:
    """The port the last `up` used; AIRFLOW_PORT may have changed since."""
    text = _noted(folders, "port")
    return int(text) if text and text.isdigit() else None


def _start_all(folders: Folders, settings: Settings, env: Mapping[str, str]) -> None:
    options = read(env)
    _stop_leftovers(folders)
    _check_ports(folders, settings)
    steps = Steps(6 if settings.uses_sandbox else 5)
    with contextlib.ExitStack() as undo:
        undo.callback(_give_up, folders)
        _settle(folders)
        with postgres.lease(folders.postgres):
            with steps.step("PostgreSQL") as outcome:
                server = postgres.start(folders.postgres, log_file=folders.log_file("postgres"))
                _keep(folders, server)
                outcome.append(f"embedded, data in {folders.postgres}")
            tikhub_url = _start_sandbox(folders, settings, steps) if settings.uses_sandbox else None
            _migrate_all(
                folders, settings, server, steps, pipeline_environment(folders, settings, server, tikhub_url, env)
            )
            with steps.step("Pool and accounts") as outcome:
                airflow.ensure_pool(server, options.pool_slots, research_slots=research.workers(env))
                passwords(folders, options.admin_password)
            with steps.step("Airflow") as outcome:
                _start_airflow(
                    folders, settings, server, pipeline_environment(folders, settings, server, tikhub_url, env)
                )
                outcome.append("healthy, the DAG comets is loaded")
        undo.pop_all()


def _start_sandbox(folders: Folders, settings: Settings, steps: Steps) -> str:
    with steps.step("Sandbox (no TIKHUB_API_KEY is set)") as outcome:
        url = sandbox.start(folders, settings.sandbox_port, as_recorded=settings.sandbox_as_recorded).url
        # A `make run` with COMETS_NOW, or one that was killed in the days before today, left its clock set.
        post_json(f"{url}/sandbox/clock", None, method="DELETE")
        outcome.append(url)
    return url


def _migrate_all(
    folders: Folders, settings: Settings, server: postgres.Server, steps: Steps, env: Mapping[str, str]
) -> None:
    with steps.step("Cometwatch's tables") as outcome:
        applied = migrate_schema(database_url(settings, server))
        outcome.append(f"{len(applied)} migrations applied" if applied else "up to date")
    with steps.step("Airflow's tables") as outcome:
        full = airflow.environment(folders, server, settings.airflow_port, base=env)
        changed = airflow.migrate(full, server, folders.log_file("airflow-migrate"))
        outcome.append("made" if changed else "up to date")


def _start_airflow(folders: Folders, settings: Settings, server: postgres.Server, env: Mapping[str, str]) -> None:
    port = settings.airflow_port
    airflow.start(folders, airflow.environment(folders, server, port, base=env), port)
    _note(folders, "port", str(port))


def _note(folders: Folders, name: str, text: str) -> None:
    folders.pid_file("up").with_suffix(f".{name}").write_text(text)


def _noted(folders: Folders, name: str) -> str | None:
    try:
        return folders.pid_file("up").with_suffix(f".{name}").read_text()
    except OSError:
        return None


def _fingerprint(folders: Folders, env: Mapping[str, str]) -> str:
    """Tells whether any setting changed; keyed, so that the file says nothing about passwords in them."""
    relevant = sorted((name, text) for name, text in env.items() if name.startswith(_SETTINGS) and text)
    return hashlib.blake2b(repr(relevant).encode(), key=keys(folders)["jwt"].encode()[:64]).hexdigest()


def _check_ports(folders: Folders, settings: Settings) -> None:
    """Complain about busy ports before anything is started: a half-started stack helps nobody."""
    require_free(settings.airflow_port, "AIRFLOW_PORT", "Airflow's web page")
    if settings.uses_sandbox:
        require_free(settings.sandbox_port, "SANDBOX_PORT", "the sandbox")


def _stop_leftovers(folders: Folders) -> None:
    """Parts of an `up` that was interrupted or lost a component: end them, then start afresh."""
    airflow.stop(folders)
    sandbox.stop(folders)


def _give_up(folders: Folders) -> None:
    say("Stopping what was started …")
    airflow.stop(folders)
    sandbox.stop(folders)
    folders.pid_file(_KEPT).unlink(missing_ok=True)
    postgres.release(folders.postgres)


def _keep(folders: Folders, server: postgres.Server) -> None:
    started = processes.started_at(server.pid) or ""
    processes.write_pid_file(folders.pid_file(_KEPT), processes.Process(server.pid, started))


def _runs_whole(folders: Folders, settings: Settings) -> bool:
    return (
        all(airflow.components(folders).values())
        and postgres.find(folders.postgres) is not None
        and (not settings.uses_sandbox or sandbox.find(folders) is not None)
    )


def _state_of_postgres(folders: Folders) -> str:
    server = postgres.find(folders.postgres)
    if server is None:
        return "stopped"
    kept = "" if is_kept(folders) else ", until the command that uses it ends"
    return f"running (process {server.pid}), socket in {server.host}{kept}"


def _say_address(folders: Folders, settings: Settings) -> None:
    port = noted_port(folders) or settings.airflow_port
    password = passwords(folders)["admin"]
    say()
    say(f"Airflow   {airflow.url(port)}   user admin, password {password}")
    say(f"Pages     {airflow.pages_url(port)}")
    sandboxed = "the sandbox: made-up creators, no cost"
    say(f"TikHub    {sandboxed if settings.uses_sandbox else settings.tikhub_base_url}")
    for line in _state_of_dags(folders):
        say(line)
    say("`make down` stops everything, `make status` shows what runs.")


def _state_of_dags(folders: Folders) -> list[str]:
    """What is switched on and what is not, as Airflow has it; a DAG whose file was not read yet is waited for a little."""
    server = postgres.find(folders.postgres)
    paused: dict[str, bool] = {}
    for _ in processes.every(0.5, until=15):
        paused = airflow.paused(server) if server is not None else {}
        if len(paused) == len(airflow.DAGS):
            break
    on, off = "is switched on", "is paused: switch it on there"
    texts = {
        ("comets", False): f"The DAG comets {on}: it measures every day at 02:00 UTC.",
        ("comets", True): f"The DAG comets {off} to measure every day at 02:00 UTC. Triggering it by hand\n"
        "works too when 'Unpause on trigger' is ticked; a run of a paused DAG waits in the queue.",
        ("comets_deadline", False): f"The DAG comets_deadline {on}: it tells you when a day is not measured in time.",
        (
            "comets_deadline",
            True,
        ): "The DAG comets_deadline is paused: switched on, it tells you when a day is not measured in time.",
        (
            "video_research",
            False,
        ): f"The DAG video_research {on}: it runs when you trigger it, or by RESEARCH_SCHEDULE.",
        (
            "video_research",
            True,
        ): "The DAG video_research is paused: switched on, it answers the questions of the page Research.",
        ("housekeeping", False): f"The DAG housekeeping {on}: it keeps the database in order every day at 04:30 UTC.",
        (
            "housekeeping",
            True,
        ): f"The DAG housekeeping {off} too: it keeps the database in order, every day at 04:30 UTC.",
        ("forget_creator", False): f"The DAG forget_creator {on}: it runs only when you trigger it.",
        ("forget_creator", True): "The DAG forget_creator is paused, and is needed only to erase somebody.",
    }
    lines = [text for (name, is_paused), text in texts.items() if paused.get(name) is is_paused]
    missing = [name for name in airflow.DAGS if name not in paused]
    return lines + [f"The DAG {name} is not loaded: Airflow's first page says why." for name in missing]
