"""docker-compose.yaml without a Docker engine: its structure, its commands, its options, and its databases."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest

from include import settings
from include.comets import roll_call
from include.extras import EXTRAS
from include.local import postgres
from include.video_research import settings as research_settings
from tests import compose_file
from tests.compose_stack import make_databases, psql

ROOT = compose_file.PATH.parent
SERVICES: dict[str, Any] = compose_file.raw()["services"]
AIRFLOW = {name: service for name, service in SERVICES.items() if name.startswith("airflow-")}
SECRET = re.compile(r"PASSWORD$|KEY$|SECRET$|TOKEN$|URL_NON_POOLING$")


def init_script() -> str:
    return compose_file.filled(compose_file.ENV)["services"]["airflow-init"]["command"][2]


def airflow_commands() -> Iterator[list[str]]:
    """Every call of `airflow` in the file, without the word itself."""
    for name, service in AIRFLOW.items():
        if name != "airflow-init":
            yield service["command"]
        test = service.get("healthcheck", {}).get("test", [])
        if test[1:2] == ["airflow"]:
            yield test[2:]
    for line in init_script().splitlines():
        call = re.search(r'(?:^|\$\() *airflow (?P<arguments>.*?)(?:\)")?$', line.strip())
        if call:
            yield shlex.split(call["arguments"])


def test_schema():
    """The file, filled in, fits the Compose specification."""
    folder = files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text(encoding="utf-8"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(compose_file.filled(compose_file.ENV))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_least_version_of_compose():
    """The file's head and the page on operating ask for the version that brought what is newest of what the file uses."""
    whole = compose_file.raw()
    since = {
        (2, 24, 0): any(
            isinstance(file, dict) for service in SERVICES.values() for file in service.get("env_file", ())
        ),
        (2, 23, 1): any("content" in config for config in whole["configs"].values()),
        (2, 17, 0): any("dockerfile_inline" in service.get("build", {}) for service in SERVICES.values()),
    }
    least = ".".join(map(str, max(version for version, is_used in since.items() if is_used)))
    for text in (compose_file.PATH.read_text(), (ROOT / "docs" / "operating.md").read_text()):
        assert re.findall(r"Docker Compose (\d+\.\d+\.\d+) or newer", text) == [least]


def test_services():
    """The parts of a production Airflow are there, and what is for trying out starts only when asked for."""
    assert sorted(name for name, service in SERVICES.items() if "profiles" not in service) == [
        "airflow-api-server",
        "airflow-dag-processor",
        "airflow-init",
        "airflow-scheduler",
        "airflow-triggerer",
        "airflow-worker",
        "postgres",
        "redis",
    ]
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]


def test_health():
    """Whatever stays up has a health check and is started again; init runs once."""
    unchecked = [name for name, service in SERVICES.items() if "healthcheck" not in service]
    assert unchecked == ["airflow-init"]
    assert {
        name: service["restart"] for name, service in SERVICES.items() if service["restart"] != "unless-stopped"
    } == {"airflow-init": "no"}


def test_order():
    """Services wait for services of the file that can tell that they are ready; all of Airflow waits for init."""
    for name, service in ({"postgres": SERVICES["postgres"], "redis": SERVICES["redis"]} | AIRFLOW).items():
        for awaited, how in service.get("depends_on", {}).items():
            ready = "service_completed_successfully" if awaited == "airflow-init" else "service_healthy"
            assert how == {"condition": ready}, f"{name} waits for {awaited}"
            assert awaited in SERVICES
    waiting = {name for name, service in AIRFLOW.items() if "airflow-init" in service["depends_on"]}
    assert waiting == AIRFLOW.keys() - {"airflow-init"}


def test_worker_scales():
    """Nothing about a worker is its own, and it has time to end its tasks."""
    worker = SERVICES["airflow-worker"]
    assert {"container_name", "ports", "hostname"} & worker.keys() == set()
    assert worker["stop_grace_period"] == "2m"
    day = 24 * 60 * 60
    assert int(worker["environment"]["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]) == day


def test_a_dead_worker_is_missed_when_its_lease_ends():
    """Airflow gives a silent task up when its batch is free again: sooner gains nothing, later lets the batch lie."""
    silence = SERVICES["airflow-scheduler"]["environment"]["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"]
    assert int(silence) == roll_call.LEASE_SECONDS


def test_images():
    """Images are pinned, and the Airflow inside is the one of requirements.txt."""
    pinned = re.search(r"^apache-airflow==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    bases = {
        name: service["build"]["dockerfile_inline"].splitlines()[0]
        for name, service in SERVICES.items()
        if "build" in service
    }
    assert set(bases.values()) == {f"FROM apache/airflow:slim-{pinned[1]}-python3.12"}
    assert {name: service["image"] for name, service in SERVICES.items() if "build" not in service} == {
        "postgres": "postgres:17-bookworm",
        "redis": "redis:7.2-bookworm",
    }
    copied = {
        name
        for service in SERVICES.values()
        for name in re.findall(r"requirements[-\w]*\.txt", str(service.get("build")))
    }
    extras = {f"requirements-{extra}.txt" for extra in EXTRAS}
    assert copied == {"requirements.txt", "requirements-dev.txt", *extras}


@pytest.mark.parametrize(
    ("extras", "expected"),
    [
        ("", []),
        ("cloud analytics", ["/requirements-cloud.txt", "/requirements-analytics.txt"]),
    ],
)
def test_optional_parts_of_the_image(tmp_path: Path, extras: str, expected: list[str]):
    """The image holds users and the parts that EXTRAS names, and no other; Kubernetes' image does alike."""
    (tmp_path / "pip").write_text("#!/bin/sh\nfor last; do :; done\necho $last\n")
    (tmp_path / "mkdir").write_text("#!/bin/sh\n")
    for name in ("pip", "mkdir"):
        (tmp_path / name).chmod(0o755)
    build = compose_file.filled({**compose_file.ENV, "EXTRAS": extras})["services"]["airflow-worker"]["build"]
    assert build["args"] == {"EXTRAS": extras}
    kubernetes = (ROOT / "docs" / "kubernetes" / "Dockerfile").read_text()
    for dockerfile in (build["dockerfile_inline"], kubernetes):
        command = re.search(r"^RUN (.*?[^\\])$", dockerfile, re.DOTALL | re.MULTILINE)
        assert command is not None
        said = subprocess.run(
            ["/bin/bash", "-euc", command[1].replace(" \\\n", " ")],
            env={"PATH": f"{tmp_path}:/bin:/usr/bin", "EXTRAS": extras},
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line for line in said.stdout.splitlines() if line.startswith("/requirements")]
        assert lines == ["/requirements.txt", "/requirements-users.txt", *expected]


@pytest.mark.parametrize(
    ("extras", "expected"), [("", []), ("cloud", []), ("analytics browser", ["update", "install"])]
)
def test_a_program_that_an_optional_part_drives(tmp_path: Path, extras: str, expected: list[str]):
    """Chromium comes with the part `browser` and with no other, as root; what runs afterwards is not root."""
    for name, text in {"apt-get": "echo $1", "rm": "true"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    build = compose_file.filled(compose_file.ENV)["services"]["airflow-worker"]["build"]
    for dockerfile in (build["dockerfile_inline"], (ROOT / "docs" / "kubernetes" / "Dockerfile").read_text()):
        command = re.search(r"^USER root\nRUN (.*?[^\\])\nUSER airflow$", dockerfile, re.DOTALL | re.MULTILINE)
        assert command is not None
        said = subprocess.run(
            ["/bin/bash", "-euc", command[1].replace(" \\\n", " ")],
            env={"PATH": f"{tmp_path}:/bin:/usr/bin", "EXTRAS": extras},
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.split() == expected
        assert dockerfile.count("USER ") == 2


def test_an_optional_part_that_is_none(tmp_path: Path):
    """A name that is no part ends the build: an image without what was asked for would fail later."""
    (tmp_path / "pip").write_text('#!/bin/sh\nfor last; do :; done\n[ "$last" != /requirements-clod.txt ]\n')
    (tmp_path / "pip").chmod(0o755)
    build = compose_file.filled(compose_file.ENV)["services"]["airflow-worker"]["build"]["dockerfile_inline"]
    command = build.partition("RUN ")[2].replace("\\\n", " ").replace("mkdir", "echo reached")
    env = {"PATH": f"{tmp_path}:/bin:/usr/bin", "EXTRAS": "clod"}
    said = subprocess.run(["/bin/bash", "-euc", command], env=env, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (1, "")


def test_only_the_page_is_reachable():
    """One port is open, on this machine alone unless told otherwise."""
    services = compose_file.filled(compose_file.ENV)["services"]
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "airflow-api-server": ["127.0.0.1:8080:8080"]
    }


def test_project_is_read_only():
    """No container can write to the project's folders."""
    binds = {
        volume for service in SERVICES.values() for volume in service.get("volumes", []) if volume.startswith("./")
    }
    assert binds == {f"./{folder}:/opt/cometwatch/{folder}:ro" for folder in ("dags", "include", "plugins", "sql")}


@pytest.mark.parametrize("arguments", list(airflow_commands()), ids=" ".join)
def test_commands(arguments: list[str]):
    """Airflow's own parser accepts the command."""
    from airflow.cli.cli_parser import get_parser

    assert callable(get_parser().parse_args(arguments).func)


def test_modules():
    """The Python modules that are started exist, and the init script is one that a shell can read."""
    started = set(re.findall(r"python -m (\S+)", init_script())) | {SERVICES["sandbox"]["command"][2]}
    assert started == {"include.local", "include.sandbox"}
    assert all(find_spec(module) for module in started)
    checked = subprocess.run(["/bin/bash", "-n", "-c", init_script()], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_options():
    """Every AIRFLOW__SECTION__KEY is an option of the installed Airflow or its Celery provider."""
    from airflow.configuration import conf
    from airflow.providers.celery.get_provider_info import get_provider_info

    sections = {**conf.configuration_description, **get_provider_info()["config"]}
    known = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in sections.items()
        for option in content["options"]
    }
    used = {
        name for service in SERVICES.values() for name in service.get("environment", {}) if name.startswith("AIRFLOW__")
    }
    assert used - known == set()


def test_no_secret_in_the_file():
    """Every password, key and secret comes from .env and has no default."""
    literal = {
        (name, variable, value)
        for name, service in SERVICES.items()
        for variable, value in service.get("environment", {}).items()
        if SECRET.search(variable) and not re.fullmatch(r"\$\{\w+(:\?[^{}]+|:-(\$\{\w+:-\})?)\}", value)
    }
    assert literal == set()
    assert not re.search(r"://[^\s/@:]+:[^\s/@]+@", compose_file.PATH.read_text()), "a URL with a password"


@pytest.mark.parametrize(
    "name", sorted(compose_file.ENV.keys() - {"COMETWATCH_DB_PASSWORD", "COMETWATCH_OWNER_PASSWORD"})
)
def test_missing_secret(name: str):
    """Compose refuses to start without it, and says its name and what to do."""
    env = {key: value for key, value in compose_file.ENV.items() if key != name}
    with pytest.raises(compose_file.MissingVariable, match=f"^Set {name} in .env. "):
        compose_file.filled(env)


def test_pipeline_settings():
    """The pipeline finds the bundled database, and the one of POSTGRES_URL_NON_POOLING when .env has it."""
    bundled = settings.load(compose_file.environment("airflow-worker"), None).database_url
    assert bundled == settings.Secret("postgresql://cometwatch:it%27s%20the%20pipeline%27s@postgres:5432/cometwatch")
    elsewhere = {**compose_file.ENV, "POSTGRES_URL_NON_POOLING": "postgres://me:pw@db.example.com:5432/stars"}
    given = settings.load(compose_file.environment("airflow-worker", elsewhere), None).database_url
    assert given == settings.Secret("postgresql://me:pw@db.example.com:5432/stars")


def test_files_of_accounts():
    """Tasks and the page see one drop folder and one lake: volumes that the image makes writable, or folders of the host."""
    assert {"airflow-drop", "airflow-lake"} <= compose_file.raw()["volumes"].keys()
    for chosen, drop in (({}, "airflow-drop"), ({"DROP_FOLDER": "/srv/drop"}, "/srv/drop")):
        services = compose_file.filled({**compose_file.ENV, **chosen})["services"]
        for name in ("airflow-worker", "airflow-api-server"):
            assert f"{drop}:/opt/airflow/drop" in services[name]["volumes"], name
            assert "airflow-lake:/opt/airflow/lake" in services[name]["volumes"], name
    loaded = settings.load(compose_file.environment("airflow-worker"), None)
    assert (str(loaded.accounts_drop), loaded.lake_uri) == ("/opt/airflow/drop", "file:///opt/airflow/lake")
    made = SERVICES["airflow-worker"]["build"]["dockerfile_inline"]
    assert "/opt/airflow/drop /opt/airflow/lake" in made
    bucket = {**compose_file.ENV, "LAKE_URI": "s3://my-bucket/lake"}
    assert settings.load(compose_file.environment("airflow-worker", bucket), None).lake_uri == "s3://my-bucket/lake"


def test_files_of_research():
    """Tasks and the page see one place for media, and one for what is worked on: volumes, folders of the host, or a bucket."""
    assert {"airflow-media", "airflow-research"} <= compose_file.raw()["volumes"].keys()
    own = {"MEDIA_FOLDER": "/srv/media", "RESEARCH_FOLDER": "/srv/research"}
    for chosen, media, work in (({}, "airflow-media", "airflow-research"), (own, "/srv/media", "/srv/research")):
        services = compose_file.filled({**compose_file.ENV, **chosen})["services"]
        for name in ("airflow-worker", "airflow-api-server"):
            assert f"{media}:/opt/airflow/media" in services[name]["volumes"], name
            assert f"{work}:/opt/airflow/research" in services[name]["volumes"], name
    research = research_settings.load(compose_file.environment("airflow-worker"), None)
    assert (str(research.work_folder), str(research.research_list)) == (
        "/opt/airflow/research",
        "/opt/airflow/research/research_list.csv",
    )
    made = SERVICES["airflow-worker"]["build"]["dockerfile_inline"]
    assert "/opt/airflow/media /opt/airflow/research" in made
    for chosen, uri in (
        ({}, "file:///opt/airflow/media"),
        ({"GCS_BUCKET": "my-bucket"}, "gs://my-bucket"),
        ({"MEDIA_URI": "s3://other/media", "GCS_BUCKET": "my-bucket"}, "s3://other/media"),
    ):
        env = compose_file.environment("airflow-worker", {**compose_file.ENV, **chosen})
        assert settings.load(env, None).media_uri == uri


def test_workers_of_research():
    """RESEARCH_WORKERS is the size of the pool that is made for videos."""
    script = compose_file.filled({**compose_file.ENV, "RESEARCH_WORKERS": "6"})["services"]["airflow-init"]["command"][
        2
    ]
    assert "airflow pools set research_download 6 " in script


def test_sandbox_settings():
    """With the two variables of the file's head the worker calls the sandbox, which shares its loopback."""
    assert SERVICES["sandbox"]["network_mode"] == "service:airflow-worker"
    env = {**compose_file.ENV, "TIKHUB_API_KEY": "sandbox-key", "TIKHUB_BASE_URL": "http://127.0.0.1:8099"}
    loaded = settings.load(compose_file.environment("airflow-worker", env), None)
    assert (loaded.tikhub_base_url, loaded.tikhub_api_key) == ("http://127.0.0.1:8099", settings.Secret("sandbox-key"))


def test_init_without_a_database():
    """With no password for the bundled database and no other database, init says what to set and fails first of all."""
    env = compose_file.environment("airflow-init", {**compose_file.ENV, "COMETWATCH_DB_PASSWORD": ""})
    refused = subprocess.run(
        ["/bin/bash", "-euc", init_script()], env={**env, "PATH": ""}, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "set COMETWATCH_DB_PASSWORD and COMETWATCH_OWNER_PASSWORD in .env" in refused.stderr


@pytest.mark.server
@pytest.mark.parametrize(("password", "may_log_in"), [("it's the pipeline's", True), ("", False)])
def test_databases(tmp_path: Path, password: str, may_log_in: bool):
    """The first start makes two databases; the pipeline's role owns nothing, and no role can enter the other's database."""
    server = postgres.start(tmp_path / "data")
    try:
        psql(server, ["drop database airflow", "drop database cometwatch"])
        make_databases(server, {**compose_file.ENV, "COMETWATCH_DB_PASSWORD": password})
        with psycopg.connect(server.url_for("postgres")) as connection:
            roles = connection.execute(
                "select rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolpassword is not null"
                " from pg_authid where rolname in ('airflow', 'cometwatch', 'postgres') order by rolname"
            ).fetchall()
            databases = connection.execute(
                "select datname, pg_get_userbyid(datdba), has_database_privilege('airflow', oid, 'connect'),"
                " has_database_privilege('cometwatch', oid, 'connect')"
                " from pg_database where datname in ('airflow', 'cometwatch') order by datname"
            ).fetchall()
    finally:
        postgres.stop(tmp_path / "data")
    assert roles == [
        ("airflow", True, False, False, False, True),
        ("cometwatch", True, False, False, False, may_log_in),
        ("postgres", True, True, True, True, False),
    ]
    assert databases == [("airflow", "airflow", True, False), ("cometwatch", "cometwatch_owner", False, True)]
