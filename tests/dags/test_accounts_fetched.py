"""One whole run of `account_analytics` with connections: one account is fetched, one is not, and no secret is left anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib

import psycopg
import pytest
from psycopg import sql

from include.account_analytics.official import authorizing
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.local import airflow, dag_process, ports, postgres
from include.local.driven_sandbox import RunningSandbox
from include.local.folders import ROOT, Folders
from include.local.keys import keys
from include.settings import Secret
from tests.include.tiktok_business.consents import CLIENT_ID, CLIENT_SECRET, REDIRECT, agree, code_of, handle_of, oauth

METADATA, PIPELINE = "fetched_airflow", "fetched_accounts"


def everything_in(url: str) -> tuple[str, set[str]]:
    """All rows of a database as one text, and the names of its tables."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        query = sql.SQL("select coalesce(string_agg(t::text, ' '), '') from {} as t")
        texts = [connection.execute(query.format(sql.Identifier(*table))).fetchone()[0] for table in tables]
    return " ".join(texts), {name for _, name in tables}


@pytest.mark.airflow
@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_a_run_with_connections(
    postgres_server: postgres.Server,
    template_database: str,
    airflow_tables: str,
    tmp_path_factory: pytest.TempPathFactory,
    sandbox: RunningSandbox,
):
    """The account whose owner agreed lands, though its token ends in the middle; the other one is red alone, with what to do."""
    folders = Folders(tmp_path_factory.mktemp("fetched"))
    folders.make()
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {METADATA} template {airflow_tables}".encode())
        connection.execute(f"create database {PIPELINE} template {template_database}".encode())
    url, metadata = postgres_server.url_for(PIPELINE), postgres_server.url_for(METADATA)
    good, stranger = handle_of(sandbox, "sparse"), handle_of(sandbox, "big")
    safe = Safe(Secret(keys(folders)["fernet"]))
    with Database(lambda: psycopg.connect(url)) as store:
        grant = oauth(sandbox).exchange(code_of(agree(sandbox, good)), REDIRECT)
        authorizing.save(store, safe, good, grant)
    with psycopg.connect(url) as connection:
        connection.execute("insert into accounts (account, handle) values (%s, %s)", [stranger, stranger])
    sandbox.official(account=good, expires_after=2)
    app = {"conn_type": "generic", "host": f"{sandbox.url}/accounts_api", "login": CLIENT_ID, "password": CLIENT_SECRET}
    settings = {
        "POSTGRES_URL_NON_POOLING": url,
        "LAKE_URI": f"file://{folders.lake}",
        "ACCOUNTS_DROP": str(folders.drop),
        **{f"AIRFLOW_CONN_TIKTOK_{name.upper()}": json.dumps(app) for name in (good, stranger)},
    }
    env = airflow.environment(
        folders, postgres_server, ports.free_port(), database=METADATA, base={**os.environ, **settings}
    )
    airflow.ensure_pool(postgres_server, None, database=METADATA)
    command = [sys.executable, "-m", "include.local.dag_process", "now", "--dag", "account_analytics"]
    finished = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=800, check=False)
    output = finished.stdout + finished.stderr
    ended = [line for line in output.splitlines() if line.startswith(dag_process.MARK)]
    assert ended, output[-4000:]
    assert json.loads(ended[-1][len(dag_process.MARK) :])["state"] == "failed"
    with psycopg.connect(url) as connection:
        said = dict(connection.execute("select account, coalesce(failure, 'came') from account_sources").fetchall())
        failed = connection.execute("select failed_tasks from runs").fetchone()[0]
        landed = connection.execute(
            "select count(distinct export_sha256) from account_exports where account = %s and source = 'api'", [good]
        ).fetchone()
        tokens, access = connection.execute("select refresh_tokens, access_token from account_tokens").fetchone()
        answers = connection.execute("select answer from api_calls where answer is not null").fetchall()
    assert said[good] == "came"
    assert f"make accounts-authorize ACCOUNT={stranger}" in said[stranger]
    assert [task for task in failed if not task.startswith("extract")] == []
    assert len(failed) == 1
    assert landed == (2,)
    assert len(tokens) == 2
    secrets = [grant.access_token, grant.refresh_token, CLIENT_SECRET]
    secrets += [safe.unlock(locked, "x").reveal() for locked in (*tokens, access)]
    assert len(set(secrets)) == 5
    rows, tables = everything_in(url)
    airflows, its_tables = everything_in(metadata)
    assert {"xcom", "task_instance", "rendered_task_instance_fields"} <= its_tables
    assert "account_tokens" in tables
    files = [path.read_bytes().decode("utf-8", "replace") for path in folders.local.rglob("*") if path.is_file()]
    stored = [zlib.decompress(answer).decode() for (answer,) in answers]
    left = " ".join([output, rows, airflows, *files, *stored])
    assert [secret for secret in secrets if secret in left] == []
