"""The embedded PostgreSQL: starts anywhere, survives anything, is shared and stopped by its last user."""

import contextlib
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from include.local import postgres, processes
from include.local.errors import LocalError
from include.local.folders import ROOT

pytestmark = pytest.mark.server  # starts and stops real processes


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder that does not exist yet; its server is gone afterwards."""
    yield tmp_path / "postgres"
    postgres.stop(tmp_path / "postgres")


def ask(server: postgres.Server, statement: str, database: str = "cometwatch") -> object:
    with psycopg.connect(server.url_for(database), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row and row[0]


def listening_ports(pid: int) -> list[int]:
    return [
        connection.laddr.port
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]


def test_first_start_makes_both_databases(data: Path):
    """A new folder gets both databases, in UTF-8, with room for 200 connections, in UTC."""
    server = postgres.start(data)
    with psycopg.connect(server.url_for("cometwatch")) as connection:
        found = connection.execute(
            "select array(select datname::text from pg_database where datname = any(%s) order by 1),"
            " current_setting('server_encoding'), current_setting('max_connections'),"
            " current_setting('timezone')",
            [list(postgres.DATABASES)],
        ).fetchone()
    assert found == (["airflow", "airflow_run", "cometwatch"], "UTF8", "200", "UTC")


def test_no_network_port(data: Path):
    """The server can be reached by its socket only, and the socket only by its owner."""
    server = postgres.start(data)
    assert listening_ports(server.pid) == []
    assert stat.S_IMODE(server.host.stat().st_mode) == 0o700


def test_second_start_finds_the_first(data: Path):
    """Starting twice is one server."""
    assert postgres.start(data) == postgres.start(data)


def test_survives_its_starter(data: Path):
    """The server goes on when the process that started it is gone."""
    code = "import sys, pathlib; from include.local import postgres; postgres.start(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(data)], check=True, cwd=ROOT, timeout=60)
    server = postgres.find(data)
    assert server is not None
    assert ask(server, "select 1") == 1


def test_recovers_after_kill(data: Path):
    """After kill -9 of the server committed rows are there and the next start needs no help."""
    server = postgres.start(data)
    ask(server, "create table kept as select 42 as answer")
    os.kill(server.pid, signal.SIGKILL)
    again = postgres.start(data)
    assert again.pid != server.pid
    assert ask(again, "select answer from kept") == 42


def test_recovers_after_everything_was_killed(data: Path):
    """The same when every process of the server is killed at once."""
    server = postgres.start(data)
    ask(server, "create table kept as select 42 as answer")
    main = psutil.Process(server.pid)
    for process in [main, *main.children(recursive=True)]:
        # Some children live for a moment only, and may be gone by now.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    assert ask(postgres.start(data), "select answer from kept") == 42


def test_stale_pid_of_a_living_stranger(data: Path):
    """A left-over postmaster.pid whose number is another process's by now stops and harms nobody."""
    server = postgres.start(data)
    pid_file = data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(server.pid, signal.SIGKILL)
    with subprocess.Popen(["/bin/sleep", "60"], user=data.stat().st_uid if os.geteuid() == 0 else None) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert postgres.find(data) is None
        assert ask(postgres.start(data), "select 1") == 1
        postgres.stop(data)
        assert stranger.poll() is None
        stranger.kill()


def test_interrupted_first_start(data: Path):
    """A first start that was killed half-way is simply done again."""
    draft = data.with_name("postgres.new")
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    assert ask(postgres.start(data), "select 1") == 1
    assert not draft.exists()


def test_lost_socket(data: Path):
    """A server whose socket was cleaned away is restarted."""
    server = postgres.start(data)
    (server.host / ".s.PGSQL.5432").unlink()
    assert ask(postgres.start(data), "select 1") == 1


@pytest.mark.parametrize("name", ["d" * 100, "a b'c\"d", "x,y", "é ü %41"])
def test_any_folder(tmp_path: Path, name: str):
    """Paths longer than a socket's may be, spaces, quotes, commas and other letters all work."""
    data = tmp_path / name / "postgres"
    try:
        server = postgres.start(data)
        assert ask(server, "select 1") == 1
        assert len(os.fsencode(server.host / ".s.PGSQL.5432")) <= 107
    finally:
        postgres.stop(data)
    assert server.host == data or not server.host.exists()


def test_nothing_outside_changes(tmp_path: Path):
    """Folders around the data keep their owner and rights, even closed ones."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "inner" / "postgres"
    before = [(folder.stat().st_mode, folder.stat().st_uid) for folder in (closed, tmp_path)]
    try:
        assert ask(postgres.start(data), "select 1") == 1
    finally:
        postgres.stop(data)
    assert [(folder.stat().st_mode, folder.stat().st_uid) for folder in (closed, tmp_path)] == before


def test_other_major_version(data: Path):
    """Data of another PostgreSQL is left alone and named."""
    data.mkdir()
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(LocalError, match="was written by PostgreSQL 14; this project brings PostgreSQL 18"):
        postgres.start(data)
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_folder_with_other_things(data: Path):
    """A folder that holds something else is refused, not overwritten."""
    data.mkdir()
    (data / "thesis.txt").write_text("do not lose")
    with pytest.raises(LocalError, match="is not empty and holds no PostgreSQL data"):
        postgres.start(data)
    assert (data / "thesis.txt").read_text() == "do not lose"


def test_file_in_the_way(tmp_path: Path):
    """A path that cannot be a folder is one clear message."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="cannot use its folder"):
        postgres.start(tmp_path / "file" / "postgres")


def test_full_disk(data: Path, monkeypatch: pytest.MonkeyPatch):
    """With too little space the first start says so before it writes."""
    monkeypatch.setattr(postgres, "_FIRST_START_BYTES", 2**60)
    with pytest.raises(LocalError, match="MB left; a new database needs"):
        postgres.start(data)
    assert not data.exists()


def test_stop_without_server(data: Path):
    """Stopping what does not run is no error."""
    assert postgres.stop(data) is False


def test_release_waits_for_the_last(data: Path):
    """A server that somebody else holds a lease on is not stopped; without one it is."""
    postgres.start(data)
    with postgres.lease(data):
        assert postgres.release(data) is False
        assert postgres.find(data) is not None
    assert postgres.release(data) is True
    assert postgres.find(data) is None


def _hold_forever(data: Path, held: "multiprocessing.connection.Connection") -> None:
    with postgres.lease(data):
        held.send(True)
        signal.pause()


def test_lease_ends_with_its_holder(data: Path):
    """kill -9 of a holder lets go of its lease."""
    postgres.start(data)
    ours, theirs = multiprocessing.Pipe()
    holder = multiprocessing.get_context("spawn").Process(target=_hold_forever, args=(data, theirs))
    holder.start()
    assert ours.recv() is True
    assert postgres.release(data) is False
    holder.kill()
    holder.join(10)
    assert postgres.release(data) is True


def test_concurrent_starts(data: Path):
    """Four processes that start at the same moment share one server."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        servers = pool.map(postgres.start, [data] * 4)
    assert len(set(servers)) == 1


def test_a_server_that_does_not_answer_is_left_running(data: Path):
    """Somebody may be using it: who cannot talk to it says so instead of stopping it."""
    server = postgres.start(data)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LocalError, match=r"runs .* but has not answered for 1 s"):
            postgres.start(data, time_limit=1)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert postgres.start(data) == server


def test_own_process_is_found(data: Path):
    """The noted pid is the server's, and its start time tells it from a later process of that number."""
    server = postgres.start(data)
    started = processes.started_at(server.pid)
    assert started is not None
    assert processes.Process(server.pid, started).is_alive()
    assert not processes.Process(server.pid, f"{started}0").is_alive()
