"""libpq's variables complete the address of the user's database, and do not reach the embedded server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, pq

from include.local import airflow, libpq, postgres
from include.local.folders import ROOT, Folders
from include.settings import load

# Beside what an address may name: read by libpq itself when it starts, or by another driver.
MORE = ("PGSERVICEFILE", "PGSYSCONFDIR", "PGLOCALEDIR", "PGDATESTYLE", "PGTZ", "PGGEQO", "PGREALM", "PGDATA")
VARIABLES = sorted({o.envvar.decode() for o in pq.Conninfo.get_defaults() if o.envvar} | set(MORE))
HOSTILE = {
    "PGHOST": "203.0.113.1",
    "PGHOSTADDR": "203.0.113.1",
    "PGPORT": "1",
    "PGCONNECT_TIMEOUT": "soon",
    "PGSSLMODE": "verify-full",
    "PGGSSENCMODE": "require",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGCHANNELBINDING": "require",
    "PGTARGETSESSIONATTRS": "standby",
    "PGOPTIONS": "-c default_transaction_read_only=on -c search_path=elsewhere",
    "PGREQUIREPEER": "somebody-else",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("libpq") / "postgres"
    postgres.start(folder)
    yield folder
    postgres.stop(folder)


@pytest.mark.server
@pytest.mark.parametrize("variable", VARIABLES)
def test_none_reaches_the_embedded_server(data: Path, monkeypatch: pytest.MonkeyPatch, variable: str):
    """Whatever one of them says, the running server is found, answers, and is the same one as before."""
    before = postgres.find(data)
    monkeypatch.setenv(variable, HOSTILE.get(variable, "nonsense"))
    server = postgres.start(data)
    with psycopg.connect(server.url_for("cometwatch")) as connection:
        connection.execute("create temporary table here ()")
        assert connection.info.host == str(server.host)
    assert server == before


@pytest.mark.server
def test_none_reaches_airflow(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """With all of them set at once, each driver that Airflow's processes use reaches both databases."""
    for variable in VARIABLES:
        monkeypatch.setenv(variable, HOSTILE.get(variable, "nonsense"))
    (tmp_path / ".pg_service.conf").write_text("[nonsense]\nhost=203.0.113.1\n")
    (tmp_path / ".pgpass").write_text("*:*:*:*:wrong\n")
    (tmp_path / ".pgpass").chmod(0o600)
    base = dict(os.environ)
    server = postgres.start(data)
    folders = Folders(tmp_path / ".local")
    folders.make()
    env = airflow.environment(folders, server, 1, base={**base, "HOME": str(tmp_path)})
    code = """
import asyncio, json, os
import asyncpg, psycopg, psycopg2
from sqlalchemy.engine import make_url
def plain(name):
    return make_url(os.environ[name]).set(drivername="postgresql").render_as_string(hide_password=False)
async def ask():
    connection = await asyncpg.connect(plain("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"))
    return await connection.fetchval("select current_database()::text")
found = [psycopg.connect(os.environ["OURS"]).info.dbname]
found.append(psycopg2.connect(plain("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")).info.dbname)
found.append(asyncio.run(ask()))
print(json.dumps(found))
"""
    command = [sys.executable, "-c", code]
    shown = subprocess.run(
        command,
        env={**env, "OURS": server.url_for("cometwatch")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout) == ["cometwatch", "airflow", "airflow"]


def completed(url: str) -> dict[str, object]:
    found = libpq.complete(load({"POSTGRES_URL_NON_POOLING": url}, None)).database_url
    assert found is not None
    return dict(conninfo.conninfo_to_dict(found.reveal()))


def test_they_complete_the_users_address(monkeypatch: pytest.MonkeyPatch):
    """What the address does not say is taken from them; what it says stays; letters keep their meaning."""
    libpq.forget()
    monkeypatch.setenv("PGPASSWORD", "p&ss= +%")
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGPORT", "7000")
    found = completed("postgresql://ann@db.example:6000/comets")
    assert found == {
        "user": "ann",
        "host": "db.example",
        "port": "6000",
        "dbname": "comets",
        "password": "p&ss= +%",
        "sslmode": "require",
    }


def test_a_service_completes_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The service's values go before those of the environment, as with libpq; one that is missing is still named."""
    libpq.forget()
    services = tmp_path / "services"
    services.write_text("[mine]\nhost=db.example\nuser=ann\npassword=of the service\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGPASSWORD", "of the environment")
    found = completed("postgresql:///comets?service=mine")
    assert (found["host"], found["user"], found["password"]) == ("db.example", "ann", "of the service")
    assert completed("postgresql:///comets?service=gone")["service"] == "gone"
    assert "PGSERVICE" not in os.environ


def test_nothing_is_added_without_them():
    """An address stays as it is, letter by letter."""
    libpq.forget()
    settings = load({"POSTGRES_URL_NON_POOLING": "postgresql://ann@db.example/comets"}, None)
    assert libpq.complete(settings) == settings
