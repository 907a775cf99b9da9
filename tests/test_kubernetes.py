"""docs/kubernetes/values.yaml without a cluster: its options, its script, its secrets, and that it says what Compose says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from include import settings
from include.calls.sigterm import DRAIN_SECONDS
from include.database import BOUNDS
from tests import compose_file

FOLDER = compose_file.PATH.parent / "docs" / "kubernetes"
TEXT = (FOLDER / "values.yaml").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.safe_load(TEXT)
HEAD = TEXT.split("\nexecutor:", 1)[0]
SECRET = re.compile(r"PASS|KEY|SECRET|TOKEN|URL|CONN|OWNER|DIRECT")
COMPOSE = compose_file.environment("airflow-worker")
COLUMN = 27  # where a key stands in the list of Secrets


def script() -> str:
    return VALUES["migrateDatabaseJob"]["args"][2]


def environment_entries() -> list[dict[str, Any]]:
    """Every variable given to a container by name."""
    return [*VALUES["env"], *VALUES["workers"]["kubernetes"]["env"], *VALUES["migrateDatabaseJob"]["env"]]


def secrets_named() -> set[tuple[str, str]]:
    """(Secret, key) of everything that is read from a Secret."""
    referred = [entry["valueFrom"]["secretKeyRef"] for entry in environment_entries() if "valueFrom" in entry]
    stats = VALUES["pgbouncer"]["metricsExporterSidecar"]
    return {
        *((each["name"], each["key"]) for each in referred),
        *((each["secretName"], each["secretKey"]) for each in VALUES["secret"]),
        (VALUES["data"]["metadataSecretName"], "connection"),
        (VALUES["fernetKeySecretName"], "fernet-key"),
        (VALUES["apiSecretKeySecretName"], "api-secret-key"),
        (VALUES["jwtSecretName"], "jwt-secret"),
        (VALUES["pgbouncer"]["configSecretName"], "pgbouncer.ini"),
        (VALUES["pgbouncer"]["configSecretName"], "users.txt"),
        (stats["statsSecretName"], stats["statsSecretKey"]),
    }


def secrets_described() -> set[tuple[str, str]]:
    """(Secret, key) of the list at the head of the file."""
    found, name = set(), ""
    for line in HEAD.split("a good value:", 1)[1].split("# pgbouncer.ini:", 1)[0].splitlines():
        name = line[4:COLUMN].strip() or name
        if line[COLUMN:] and not line[COLUMN].isspace():
            found.add((name, line[COLUMN:].split()[0]))
    return found


def test_no_secret_in_the_file():
    """Whatever could be a password, a key or an address with one comes from a Secret."""
    literal = [entry["name"] for entry in environment_entries() if "value" in entry and SECRET.search(entry["name"])]
    assert literal == []
    assert re.findall(r"://[^\s/@:]+:(?!…)[^\s/@]+@", TEXT) == []
    assert not {"fernetKey", "apiSecretKey", "jwtSecret", "extraSecrets", "webserverSecretKey"} & VALUES.keys()
    assert VALUES["data"].keys() == {"metadataSecretName"}


def test_secrets():
    """The list at the file's head names every Secret and key that is read, and no other."""
    assert secrets_described() == secrets_named()


def test_options():
    """Every option under `config` is one of the installed Airflow."""
    from airflow.configuration import conf

    unknown = {
        (section, option)
        for section, options in VALUES["config"].items()
        for option in options
        if option not in conf.configuration_description.get(section, {"options": {}})["options"]
    }
    assert unknown == set()


def test_as_compose_says():
    """What both files set, they set alike; only the names and addresses of the cluster differ."""
    here = {
        f"AIRFLOW__{section}__{option}".upper(): str(value)
        for section, options in VALUES["config"].items()
        for option, value in options.items()
    }
    both = {name for name in here if name in COMPOSE}
    assert {name: here[name].lower() for name in both} == {name: COMPOSE[name].lower() for name in both}
    assert here.keys() - both == set()
    plain = {entry["name"]: entry["value"] for entry in VALUES["env"]}
    assert plain["PYTHONPATH"] == COMPOSE["PYTHONPATH"]
    example = (compose_file.PATH.parent / ".env.example").read_text(encoding="utf-8")
    named = {entry["name"] for entry in environment_entries()} - {"PYTHONPATH", "METADATA_DIRECT", "COMETS_DB_OWNER"}
    assert [name for name in named if not name.startswith("AIRFLOW_") and f"{name}=" not in example] == []


def test_pool():
    """The pool is made by the very commands of Compose's init, with as many slots."""

    def commands(text: str) -> list[str]:
        return [line.strip() for line in text.splitlines() if "airflow pools" in line]

    init = compose_file.filled(compose_file.ENV)["services"]["airflow-init"]["command"][2]
    (slots,) = (entry["value"] for entry in environment_entries() if entry["name"] == "TIKHUB_POOL_SLOTS")
    assert [line.replace('"$TIKHUB_POOL_SLOTS"', slots) for line in commands(script())] == commands(init)


def airflow_commands() -> Iterator[list[str]]:
    for line in script().splitlines():
        if call := re.search(r'(?:^|\$\(|\S+=\S+ ) *airflow (?P<arguments>.*?)(?:\)")?$', line.strip()):
            yield shlex.split(call["arguments"].replace('"$TIKHUB_POOL_SLOTS"', "4"))


@pytest.mark.parametrize("arguments", list(airflow_commands()), ids=" ".join)
def test_commands(arguments: list[str]):
    """Airflow's own parser accepts the job's commands."""
    from airflow.cli.cli_parser import get_parser

    assert callable(get_parser().parse_args(arguments).func)


def test_script():
    """The job's script is one that a shell can read, and has nothing the chart would take for a template."""
    assert len(list(airflow_commands())) == 7
    checked = subprocess.run(["/bin/bash", "-n", "-c", script()], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "{{" not in script()


def test_time_to_end():
    """A pod told to end has time to drain, and to wait for a lock of the database before it writes."""
    lock_timeout = BOUNDS["lock_timeout"].removesuffix("s")
    seconds = VALUES["workers"]["kubernetes"]["terminationGracePeriodSeconds"]
    assert seconds >= 2 * (DRAIN_SECONDS + int(lock_timeout))


def test_drop_folder():
    """Every pod has the drop folder where ACCOUNTS_DROP says it is; the page on operating names the claim."""
    (volume,), (mount,) = VALUES["volumes"], VALUES["volumeMounts"]
    (place,) = (entry["value"] for entry in VALUES["env"] if entry["name"] == "ACCOUNTS_DROP")
    assert (mount["name"], mount["mountPath"]) == (volume["name"], place) == ("drop", COMPOSE["ACCOUNTS_DROP"])
    operating = (compose_file.PATH.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    assert f"`{volume['persistentVolumeClaim']['claimName']}`" in operating


def test_work_folder():
    """Videos are worked on in a folder that the image has, and Compose's; a pod has more memory than a video takes."""
    (place,) = (entry["value"] for entry in VALUES["env"] if entry["name"] == "RESEARCH_WORK")
    assert place == COMPOSE["RESEARCH_WORK"]
    made = next(line for line in (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines() if "mkdir -p" in line)
    assert place in made.split()
    assert VALUES["workers"]["kubernetes"]["resources"]["limits"]["memory"] == "2Gi"


def test_image():
    """The image is Compose's, with the folders that Compose mounts; the file names its Airflow."""
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    base = compose_file.raw()["services"]["airflow-worker"]["build"]["dockerfile_inline"].splitlines()[0]
    assert base in lines
    mounted = {each.split(":")[0][2:] for each in compose_file.raw()["x-airflow"]["volumes"] if each.startswith("./")}
    assert {line.split()[1] for line in lines if line.startswith("COPY ") and "/opt/" in line} == mounted
    assert base.rpartition("slim-")[2].partition("-")[0] == VALUES["airflowVersion"]


def test_tikhub_connection():
    """The connection described at the file's head is one that the pipeline understands."""
    from airflow.sdk import Connection

    from include.connections import _account_from

    described = re.search(r"cometwatch-tikhub +connection +(\{.*\})", HEAD)
    assert described is not None
    fields = json.loads(described[1])
    account = _account_from(Connection(conn_id="tikhub", **fields))
    assert account == ("https://api.tikhub.io", settings.Secret("the TikHub key"))
