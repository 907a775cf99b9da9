"""The commands behind `make`: what they start they stop, and what is in the way they name."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from include import settings
from include.local import airflow, ports, postgres, processes, sandbox, stack, watched_day
from include.local.folders import ROOT, Folders
from include.local.http import get_json, post_json

pytestmark = pytest.mark.server  # starts and stops real processes

Command = Callable[..., subprocess.CompletedProcess[str]]

# Empty values win over the lines of a developer's own .env and mean "not set".
UNSET = (
    "POSTGRES_URL_NON_POOLING",
    "DB_HOST",
    "DB_NAME",
    "DB_USER",
    "TIKHUB_API_KEY",
    "TIKHUB_BASE_URL",
    "COMETS_NOW",
)
# What the shell of somebody who also works on another Airflow may hold, as files and as variables.
THEIRS = {
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": '[{"name": "theirs", "classpath":'
    ' "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {"path": "/nowhere"}}]',
    "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
    "AIRFLOW__CORE__FERNET_KEY_CMD": "echo no",
    "AIRFLOW__CORE__XCOM_BACKEND": "theirs.XCom",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD": "echo postgresql://theirs",
    "AIRFLOW__API__SECRET_KEY_SECRET": "theirs",
    "AIRFLOW__LOGGING__REMOTE_LOGGING": "True",
    "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS": "theirs.LOGGING",
    "AIRFLOW__SCHEDULER__NUM_RUNS": "1",
    "AIRFLOW__SECRETS__BACKEND": "theirs.Secrets",
    "AIRFLOW__WORKERS__SECRETS_BACKEND": "theirs.Secrets",
    "AIRFLOW_CONN_THEIRS": "postgres://theirs",
    "AIRFLOW_VAR_THEIRS": "theirs",
    "_AIRFLOW_PARSING_CONTEXT_DAG_ID": "theirs",
}


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    """A place for local state; nothing runs in it afterwards."""
    made = Folders(tmp_path / ".local")
    yield made
    airflow.stop(made)
    sandbox.stop(made)
    postgres.stop(made.postgres)


@pytest.fixture
def env(folders: Folders) -> dict[str, str]:
    return {
        **os.environ,
        **dict.fromkeys(UNSET, ""),
        "COMETWATCH_LOCAL": str(folders.local),
        "AIRFLOW_PORT": str(ports.free_port()),
        "SANDBOX_PORT": str(ports.free_port()),
        "AIRFLOW_PASSWORD": "for the test",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def command(env: dict[str, str]) -> Command:
    """Runs `python -m include.local …` as the Makefile does, to its end."""

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "include.local", *arguments],
            cwd=ROOT,
            env={**env, **changes},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def running_in(folders: Folders) -> list[str]:
    """Command lines of processes that belong to this folder: by their files, or by their working folder."""
    found = []
    for process in psutil.process_iter():
        try:
            text = " ".join(process.cmdline())
            whole = [text, process.cwd(), *(file.path for file in process.open_files())]
            if process.pid != os.getpid() and any(part for part in whole if str(folders.local) in part):
                found.append(text)
        except psutil.Error:
            continue
    return found


def test_setup(folders: Folders, command: Command):
    """setup makes the schema, says which migrations it applied, and leaves nothing running."""
    first, second = command("setup"), command("setup")
    assert [first.returncode, second.returncode] == [0, 0], first.stderr
    assert "applied 0001_" in first.stdout
    assert "Cometwatch's tables … up to date" in second.stdout
    assert running_in(folders) == []


@pytest.mark.thorough
def test_a_terminal_that_knows_few_letters(command: Command):
    """A letter that it cannot show is shown as '?', and the work is done."""
    for encoding, dots in {"ascii": "?", "iso-8859-1": "?", "utf-8": "…"}.items():
        answer = command("setup", PYTHONUTF8="0", PYTHONIOENCODING=encoding)
        assert answer.returncode == 0, answer.stderr
        assert f"PostgreSQL {dots} no database is configured" in answer.stdout


@pytest.mark.parametrize("setting", ["AIRFLOW_PORT", "SANDBOX_PORT"])
def test_up_names_a_busy_port(folders: Folders, command: Command, setting: str):
    """A busy port is named with the setting to change before anything is started."""
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        answer = command("up", **{setting: port})
    assert answer.returncode == 1
    assert f"port {port}, wanted for" in answer.stderr
    assert f"Set {setting} in .env" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert running_in(folders) == []


@pytest.mark.parametrize("name", ["up", "run", "setup", "status"])
def test_bad_settings_are_named(command: Command, name: str):
    """A malformed setting is one message, not a traceback."""
    answer = command(name, AIRFLOW_PORT="eighty")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"\n{name}: AIRFLOW_PORT must be a whole number")


def test_down_when_nothing_runs(command: Command):
    """down is never an error, and needs no valid settings."""
    answer = command("down", AIRFLOW_PORT="eighty")
    assert (answer.returncode, answer.stdout) == (0, "Nothing was running.\n")


def test_unwritable_folder(tmp_path: Path, command: Command):
    """A place that cannot be written to is named, with the setting that chooses another."""
    (tmp_path / "file").write_text("")
    answer = command("up", COMETWATCH_LOCAL=str(tmp_path / "file" / "inside"))
    assert answer.returncode == 1
    assert "set COMETWATCH_LOCAL to a folder that is" in answer.stderr


def _run_until(env: dict[str, str], sign: str) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-m", "include.local", "run"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    seen = ""
    while sign not in seen:
        letter = started.stdout.read(1) if started.stdout else ""
        assert letter, f"ended early: {seen} {started.stderr.read() if started.stderr else ''}"
        seen += letter
    return started


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.thorough)]
)
def test_interrupted_run(folders: Folders, env: dict[str, str], number: signal.Signals, status: int):
    """Ctrl-C stops what the run started, keeps the data, and shows in the exit status."""
    started = _run_until(env, "[4/6]")
    started.send_signal(number)
    started.communicate(timeout=60)
    assert started.returncode == status
    assert running_in(folders) == []
    assert (folders.postgres / "PG_VERSION").exists()


def test_killed_run(folders: Folders, env: dict[str, str], command: Command):
    """After kill -9 of a run, down finds and stops what it left behind."""
    started = _run_until(env, "[4/6]")
    started.kill()
    started.communicate(timeout=60)
    assert running_in(folders) != []
    answer = command("down")
    assert answer.stdout == "Stopped: left-over sandbox, PostgreSQL.\n"
    for _ in processes.every(0.2, until=10):
        if not running_in(folders):  # the interrupted table migration notices by itself that its server is gone
            break
    assert running_in(folders) == []


def test_nothing_of_another_airflow_gets_in(folders: Folders, tmp_path: Path):
    """Whose Airflow it is we decide: what is another one's is gone, what may be tuned and our connections stay."""
    server = postgres.Server(folders.postgres, tmp_path, 1)
    tuned = {"AIRFLOW__CORE__PARALLELISM": "3", "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING"}
    ours = {"AIRFLOW_CONN_COMETS_DB": "postgres://a", "AIRFLOW_CONN_TIKHUB": "https://b", "AIRFLOW_PASSWORD": "c"}
    homes = {"AIRFLOW_HOME": "/theirs", "AIRFLOW_CONFIG": "/theirs/airflow.cfg", "PYTHONPATH": "/theirs"}
    folders.make()
    made = airflow.environment(folders, server, 1, base={**THEIRS, **tuned, **ours, **homes, "PATH": "/bin"})
    assert {name: made[name] for name in (*tuned, *ours)} == {**tuned, **ours}
    assert [name for name, text in made.items() if "theirs" in text or "Celery" in text] == []
    assert [name for name in THEIRS if name in made and name != "AIRFLOW__CORE__EXECUTOR"] == []
    assert (made["AIRFLOW_HOME"], made["AIRFLOW_CONFIG"]) == (
        str(folders.airflow),
        str(folders.airflow / "airflow.cfg"),
    )
    assert airflow.foreign({**THEIRS, **tuned, **ours}) == sorted(THEIRS)


def test_places_for_files(folders: Folders, tmp_path: Path):
    """What runs here keeps its files in the local folder, unless a place is named."""
    folders.make()
    server = postgres.Server(folders.postgres, tmp_path, 1)

    def places(**env: str) -> tuple[str, str, str]:
        made = stack.pipeline_environment(folders, settings.load(env, None), server, None, {"LAKE_URI": "", **env})
        return made["LAKE_URI"], made["MEDIA_URI"], made["ACCOUNTS_DROP"]

    here = folders.local
    assert places() == (f"file://{here}/lake", f"file://{here}/media", f"{here}/drop")
    named = {"LAKE_URI": "s3://mine/lake/", "GCS_BUCKET": "theirs", "TIKTOK_LANDING_PATH": str(tmp_path)}
    assert places(**named) == ("s3://mine/lake", "gs://theirs", str(tmp_path))


def test_every_option_that_may_be_tuned_exists():
    """Each is one of the installed Airflow's, and none decides whose it is."""
    from airflow.configuration import conf

    sections = conf.configuration_description.items()
    known = {f"AIRFLOW__{section}__{option}".upper() for section, about in sections for option in about["options"]}
    assert set(airflow.TUNABLE) - known <= {"AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"}


def test_airflows_commands_need_a_running_one(command: Command):
    """Nothing runs, no command is named, a quote is open, a second scheduler is asked for: one sentence each."""
    for asked, said in {
        "dags list": "no Airflow of this project is running here. Start it with: make up",
        "": 'say which command: make airflow ARGS="dags list"',
        "dags 'list": "ARGS is no command line",
        "scheduler": "`scheduler` would be a second Airflow on the database",
        "dags test comets": "`dags test` would be a second Airflow on the database",
    }.items():
        answer = command("airflow", ARGS=asked)
        assert (answer.returncode, said in answer.stderr) == (1, True), answer.stderr


def test_a_set_clock_is_refused_where_it_makes_no_sense(folders: Folders, command: Command):
    """up lives by the real clock and says so; with a key, nobody sets the clock; setup asks no clock."""
    noon = "2026-11-10T12:00:00+00:00"
    answer = command("up", COMETS_NOW=noon)
    assert (answer.returncode, "COMETS_NOW stops the pipeline's clock" in answer.stderr) == (1, True)
    answer = command("run", COMETS_NOW=noon, TIKHUB_API_KEY="a-key")
    assert (answer.returncode, "COMETS_NOW sets the pipeline's clock" in answer.stderr) == (1, True)
    assert command("setup", COMETS_NOW=noon).returncode == 0


def test_a_run_does_not_move_the_clock_of_somebody_elses_sandbox(
    folders: Folders, env: dict[str, str], command: Command
):
    """With the sandbox of `up` running, a set clock is refused before anything is done."""
    folders.make()
    running = sandbox.start(folders, int(env["SANDBOX_PORT"]))
    answer = command("run", COMETS_NOW="2026-11-10T12:00:00+00:00")
    assert answer.returncode == 1
    assert f"COMETS_NOW would set the clock of the sandbox on {running.url}" in answer.stderr


@pytest.mark.thorough
def test_an_address_that_cannot_be_found_ends_a_run_at_once(folders: Folders, command: Command):
    """The first call finds no host: no hour of tries, one sentence that names it, and the exit status."""
    answer = command("run", TIKHUB_API_KEY="a-key", TIKHUB_BASE_URL="https://api.nowhere.invalid")
    assert (answer.returncode, answer.stdout.count("fetch_trends (")) == (1, 1), answer.stdout + answer.stderr
    assert "api.nowhere.invalid cannot be found: there is no network" in answer.stdout
    assert "Try " not in answer.stdout
    assert "`make run` again goes on where it stopped" in answer.stdout


def test_an_unknown_dag_is_refused_with_the_list(folders: Folders, command: Command):
    """A name that is no DAG's starts nothing, and all there are are named."""
    answer = command("run", DAG="commets")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.strip() == (
        "run: There is no DAG 'commets'. Write DAG= and one of: account_analytics, accounts_canary, comets, comets_deadline, "
        "forget_creator, housekeeping, research_canary, video_research."
    )


@pytest.mark.parametrize("conf", ["{", "[1]", "7", "max_calls=5"])
def test_what_is_no_json_object_is_refused_in_a_sentence(folders: Folders, command: Command, conf: str):
    """Params that cannot be read start nothing: one sentence with what was written, and how to write it."""
    answer = command("run", CONF=conf)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.strip() == f"run: CONF is no JSON object: {conf!r}. Write it as CONF='{{\"dry_run\": true}}'."


def test_why_a_day_ended():
    """The last error of its log, without its class; a log that has none gives none."""
    log = (
        "2026-11-02T12:00:00Z [info     ] begun\nTraceback (most recent call last):\n  File x\nValueError: first\n\n"
        "During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n"
        '    raise ParamValidationError(f"Invalid input for param {k}: {e}") from None\n'
        "airflow.sdk.exceptions.ParamValidationError: Invalid input for param count: 'many' is not of type 'integer'\n\n"
        "Failed validating 'type' in schema:\n    {'type': 'integer'}\n\nOn instance:\n    'many'\n"
    )
    assert watched_day.why_it_ended(log) == "Invalid input for param count: 'many' is not of type 'integer'"
    assert watched_day._WORKS.findall(
        "2026-11-02T12:00:00Z [info     ] Video 3 of 20 is worked on: 7319467787859053825; 17 to go [include.tasks]"
    ) == ["Video 3 of 20 is worked on: 7319467787859053825; 17 to go"]
    assert watched_day.why_it_ended("2026-11-02T12:00:00Z [info     ] Library: 3 videos\nLibrary: 3 videos\n") == ""


def test_what_to_run_by_default():
    """Nothing said, it is comets with its own params, which first lives through days; any other DAG does not."""
    assert watched_day.what_to_run(" ", "") == watched_day.Asked("comets", {})
    assert watched_day.what_to_run("", '{"max_calls": 5}') == watched_day.Asked("comets", {"max_calls": 5})
    assert not watched_day.what_to_run("housekeeping", "").is_daily


def test_only_days_of_comets_are_its_history(database_url: str):
    """Another pipeline's runs make no database an old one."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into runs (pipeline, run_id, day, mode, settings, state)"
            " select 'made_up', number::text, '2026-11-28'::date - number, 'live', '{}', 'complete'"
            " from generate_series(0, 9) as number"
        )
    assert len(watched_day._days_to_live(database_url, datetime(2026, 11, 28, 9, tzinfo=UTC))) == 2


def test_a_killed_history_is_taken_up_again(database_url: str, lasting_day: date):
    """The days before today are lived through until each came to its end, on a new database and after a kill; then never."""
    noon = datetime.combine(lasting_day, time(12), UTC)
    two, one = (noon - timedelta(days=days) for days in (2, 1))
    assert watched_day._days_to_live(database_url, None) == [two.isoformat(), one.isoformat()]
    enter = (
        "insert into runs (pipeline, run_id, day, mode, settings, state) values ('comets', %s, %s, 'live', '{}', %s)"
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(enter, ["a", two.date(), "running"])
        assert watched_day._days_to_live(database_url, None) == [two.isoformat(), one.isoformat()]
        connection.execute("update runs set state = 'complete'")
        assert watched_day._days_to_live(database_url, None) == [one.isoformat()]
        connection.execute(enter, ["b", one.date(), "interrupted"])
        assert watched_day._days_to_live(database_url, None) == [one.isoformat()]
        connection.execute("update runs set state = 'incomplete' where run_id = 'b'")
        assert watched_day._days_to_live(database_url, None) == []
        connection.execute(enter, ["c", noon.date(), "running"])
        connection.execute("update runs set state = 'interrupted' where run_id <> 'c'")
        assert watched_day._days_to_live(database_url, None) == []


def test_waits_are_told(capsys: pytest.CaptureFixture[str]):
    """Which try it was and when the next one comes; what many threads say at once is said once."""
    told = watched_day._Told()
    lead = "2026-11-28T16:31:38.107661Z [warning  ] "
    tries = [
        f"Try {number} of 6 failed (Unavailable): the next one begins at 16:{minute}:01 UTC. [include.defaults]"
        for number, minute in ((1, 32), (2, 42))
    ]
    paused = "Calls are paused until 16:40:00 UTC: TikHub answered 429 and asked for it. [include.calls.limiter]"
    for line in (tries[0], paused, paused, tries[1]):
        watched_day._tell(told, lead + line)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line.split(":")[0] for line in lines] == [
        "… Try 1 of 6 failed (Unavailable)",
        "… Calls are paused until 16",
        "… Try 2 of 6 failed (Unavailable)",
    ]
    assert lines[0].endswith("the next one begins at 16:32:01 UTC. Ctrl-C ends it; what was answered is kept.")


@pytest.mark.airflow
@pytest.mark.thorough
@pytest.mark.timeout(1800)  # a dozen commands, and a whole Airflow
def test_up_and_down(folders: Folders, env: dict[str, str], command: Command, tmp_path: Path):
    """up brings everything up healthy once, is shared by other commands, and down leaves nothing of it."""
    env |= THEIRS  # in a shell that is set up for another Airflow
    env["AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL"] = "600"  # once is enough here
    env["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"] = (
        "False"  # a DAG that is switched on need not make up for its last night
    )
    folders.make()
    left_behind = sandbox.start(folders, int(env["SANDBOX_PORT"]))
    post_json(f"{left_behind.url}/sandbox/clock", {"now": "2026-01-01T12:00:00+00:00"})
    sandbox.stop(folders)
    bystander = postgres.start(tmp_path / "bystander" / "postgres")
    try:
        first = command("up")
        assert first.returncode == 0, first.stdout + first.stderr
        address = f"http://localhost:{env['AIRFLOW_PORT']}"
        assert f"{address}   user admin, password for the test" in first.stdout
        assert f"Pages     {address}/cometwatch\n" in first.stdout
        assert airflow.health(int(env["AIRFLOW_PORT"]))["scheduler"] == "healthy"
        assert _log_in(address, "for the test") == 201

        assert get_json(f"http://{ports.HOST}:{env['SANDBOX_PORT']}/sandbox/health")["day"] != "2026-01-01"
        again = command("up")
        assert again.stdout.startswith("Already running.\n")
        assert command("setup").returncode == 0
        status = command("status")
        assert (status.returncode, status.stdout.count("running")) == (0, 6), status.stdout
        _check_commands(command)

        down = command("down")
        expected = "Stopped: triggerer, scheduler, dag-processor, api-server, sandbox, PostgreSQL.\n"
        assert (down.returncode, down.stdout) == (0, expected)
        assert running_in(folders) == []
        assert command("status").returncode == 1
        assert postgres.find(bystander.data_folder) == bystander
    finally:
        postgres.stop(bystander.data_folder)


def _check_commands(command: Command) -> None:
    """Airflow's commands reach what runs, their exit status comes back, and up tells what they switched on."""
    switched = command("airflow", ARGS="dags unpause housekeeping -o json")
    assert switched.returncode == 0, switched.stderr
    assert '"dag_id": "housekeeping"' in switched.stdout
    assert command("airflow", ARGS="pools get nowhere").returncode != 0
    told = command("up").stdout
    assert "The DAG housekeeping is switched on" in told
    assert "The DAG comets is paused: switch it on there" in told
    assert "The DAG video_research is paused: switched on" in told


def _log_in(address: str, password: str) -> int:
    body = json.dumps({"username": "admin", "password": password}).encode()
    request = urllib.request.Request(f"{address}/auth/token", body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return answer.status
