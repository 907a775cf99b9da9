"""The commands of docker-compose.yaml, started by hand with a Redis of this machine: one day through Celery."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import requests
from oidc_provider_mock import User, run_server_in_thread

from include.local import ports, postgres, processes
from include.local.driven_sandbox import start_process
from include.local.http import get_json
from tests.compose_stack import Api, Stack, prepared, stop_all, until

pytestmark = [pytest.mark.airflow, pytest.mark.thorough]
COMPONENTS = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-worker")
# What a day needs besides the page; who only looks at pages does without.
AT_WORK = COMPONENTS[1:]
SMALL = {"max_keywords": 2, "pages_per_keyword": 1}
ENDED = ("success", "failed")


@dataclass(frozen=True)
class Day:
    """A day that was triggered, once it has ended; `unhealthy` are the components whose health check did not pass before."""

    unhealthy: list[str]
    run_id: str
    slots: int
    tasks: list[dict[str, Any]]
    logs: str


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Redis, the sandbox, init, and the API server; all stopped at the end."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server (on Debian: apt-get install redis-server)")
    sandbox = start_process("--rate", 0)
    try:
        folder = tmp_path_factory.mktemp("compose")
        own = {
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "3",
            # Switching the DAG on must not bring the run of the last 02:00, which might come first.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            # The files of DAGs do not change here: to be read once is enough.
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        }
        with prepared(folder, sandbox, **own) as made:
            server = made.start(COMPONENTS[0])
            try:
                yield made
            finally:
                processes.stop(server)
    finally:
        sandbox.stop()


@pytest.fixture(scope="module")
def day(stack: Stack) -> Day:
    """One small day, with all five components, of which four are stopped as soon as it has ended."""
    started: list[processes.Process] = []
    try:
        started += [stack.start(name) for name in AT_WORK]
        # Airflow's page is asked first, which costs nothing: the checks start programs that keep the others from starting.
        until(lambda: all_beat(stack), 120)
        unhealthy = [name for name in COMPONENTS if not until(lambda name=name: stack.is_healthy(name), 120)]
        api = Api(stack)
        assert until(lambda: any(dag["dag_id"] == "comets" for dag in api.call("GET", "/dags")["dags"]), 60)
        api.call("PATCH", "/dags/comets", {"is_paused": False})
        run_id = api.call("POST", "/dags/comets/dagRuns", {"logical_date": None, "conf": SMALL})["dag_run_id"]
        assert until(lambda: api.call("GET", f"/dags/comets/dagRuns/{run_id}")["state"] in ENDED, 300)
        tasks = api.call("GET", f"/dags/comets/dagRuns/{run_id}/taskInstances")["task_instances"]
        return Day(unhealthy, run_id, api.call("GET", "/pools/tikhub")["slots"], tasks, logs(stack))
    finally:
        stop_all(started)


def all_beat(stack: Stack) -> bool:
    """Whether the page says that scheduler, DAG processor and triggerer live."""
    answer = get_json(f"{stack.address}/api/v2/monitor/health") or {}
    return all(answer.get(name, {}).get("status") == "healthy" for name in ("scheduler", "dag_processor", "triggerer"))


def test_a_day(stack: Stack, day: Day):
    """Init prepares everything, every health check passes, and a triggered day ends green on the Celery worker."""
    assert day.unhealthy == []
    assert day.slots == 8
    # Everybody in the roster was found a moment ago, so there is nobody left to call.
    assert {task["task_id"]: task["state"] for task in day.tasks} == {
        **dict.fromkeys(("open_day", "fetch_trends", "discover", "plan_roll_call"), "success"),
        "roll_call": "skipped",
        **dict.fromkeys(("keep_videos", "compute_growth", "rank_creators", "check_day", "report"), "success"),
        "fetch_pictures": "success",
    }, day.logs
    assert {task["executor"] or "CeleryExecutor" for task in day.tasks} == {"CeleryExecutor"}

    url = stack.server.url_for("cometwatch").replace(postgres.SUPERUSER + "@", "cometwatch@")
    with psycopg.connect(url) as connection:
        assert connection.execute("select state, mode from runs where run_id = %s", [day.run_id]).fetchone() == (
            "complete",
            "live",
        )
        row = connection.execute("select tableowner from pg_tables where tablename = 'creators'").fetchone()
    assert row == ("cometwatch_owner",)


def test_init_again(stack: Stack):
    """A second `docker compose up` runs init again, and it changes nothing."""
    again = stack.init()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "up to date" in again.stdout


def test_people(stack: Stack, day: Day):
    """Who is made on Airflow's page decides under their own name as User, reads as Viewer, and sees nothing without a role."""
    api = Api(stack)
    for name, role in {"ada": "User", "bea": "Viewer", "cyd": "Public"}.items():
        person = {"username": name, "first_name": name, "last_name": "-", "email": f"{name}@desk.example"}
        api.call(
            "POST", "/users", {**person, "password": f"{name}'s own", "roles": [{"name": role}]}, at="/auth/fab/v1"
        )
    with psycopg.connect(stack.server.url_for("cometwatch"), autocommit=True) as connection:
        ((user_id,),) = connection.execute("select user_id from creators order by 1 limit 1").fetchall()
    ranking = f"{stack.address}/cometwatch/comets"
    people = {name: signed_in(stack, name, f"{name}'s own") for name in ("ada", "bea", "cyd")}
    assert {name: each.get(ranking, timeout=30).status_code for name, each in people.items()} == {
        "ada": 200,
        "bea": 200,
        "cyd": 403,
    }
    # Airflow's menu is made of this list.
    assert [each["name"] for each in people["bea"].get(f"{stack.address}/api/v2/plugins", timeout=30).json()["plugins"]]

    page = f"{stack.address}/cometwatch/creators/{user_id}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', people["ada"].get(page, timeout=30).text)
    assert token is not None
    assert "csrf_token" not in people["bea"].get(page, timeout=30).text
    for name in ("ada", "bea"):
        form = {"version": "0", "status": "watching", "csrf_token": token[1]}
        answer = people[name].post(f"{page}/shortlist", data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == {"ada": 303, "bea": 403}[name]
    with psycopg.connect(stack.server.url_for("cometwatch")) as connection:
        assert connection.execute("select user_id, changed_by from shortlist").fetchall() == [(user_id, "ada")]

    with psycopg.connect(stack.server.url_for("airflow")) as connection:
        hashes = [text for (text,) in connection.execute("select password from ab_user")]
    assert (len(hashes), {text.partition(":")[0] for text in hashes}) == (4, {"scrypt"})
    with pytest.raises(requests.HTTPError, match="401"):
        signed_in(stack, "ada", "bea's own")


def test_openid_connect(stack: Stack, day: Day):
    """With SIGN_IN=openid_connect people come with their organisation's account, and with the roles of their groups alone."""
    people = {
        "dee": {"preferred_username": "dee", "email": "dee@desk.example", "groups": ["scouts"]},
        "eve": {"preferred_username": "admin", "email": "eve@desk.example", "groups": []},
    }
    api_port = ports.free_port()
    address = f"http://127.0.0.1:{api_port}"
    with run_server_in_thread(
        user_claims=[User(sub=name, claims=claims) for name, claims in people.items()]
    ) as provider:
        env = stack.environment("airflow-api-server")
        log_server = str(ports.free_port())
        env |= {
            "SIGN_IN": "openid_connect",
            "AIRFLOW__FAB__CONFIG_FILE": env["AIRFLOW__FAB__CONFIG_FILE"].replace("passwords", "openid_connect"),
            "OIDC_ISSUER": f"http://localhost:{provider.server_port}",
            "OIDC_CLIENT_ID": "cometwatch",
            "OIDC_CLIENT_SECRET": "made-up-secret",
            "OIDC_ROLES": "scouts=User, leads=Admin",
            "AUTHLIB_INSECURE_TRANSPORT": "1",  # the provider of the test speaks no TLS
            "AIRFLOW__API__PORT": str(api_port),
            "AIRFLOW__API__BASE_URL": address,
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": log_server,
        }
        server = stack.spawn("openid", ["airflow", "api-server"], env)
        try:
            assert until(lambda: is_up(f"{address}/api/v2/monitor/health"), 120), stack.log("openid")
            found = {name: come_with_account(address, name) for name in people}
        finally:
            processes.stop(server)
    # dee may decide, as User; who calls themselves admin elsewhere is no admin here.
    assert found == {"dee": ("dee", 200, True), "eve": ("admin", 200, False)}
    with psycopg.connect(stack.server.url_for("airflow")) as connection:
        roles = connection.execute(
            "select username, array_agg(ab_role.name order by ab_role.name) from ab_user"
            " join ab_user_role on user_id = ab_user.id join ab_role on ab_role.id = role_id"
            " where username in ('admin', 'dee') group by username order by username"
        ).fetchall()
    assert roles == [("admin", ["Viewer"]), ("dee", ["User", "Viewer"])]


def is_up(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def come_with_account(address: str, account: str) -> tuple[str, int, bool]:
    """Sign in as the provider's `account`: the user's name, what the ranking answers, and whether a creator's page has forms."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept"] = "text/html"
    form = session.get(f"{address}/auth/login/oidc", timeout=30)
    session.post(form.url, data={"sub": account, "action": "authorize"}, timeout=30)
    name = session.get(f"{address}/ui/auth/me", timeout=30).json()["username"]
    ranking = session.get(f"{address}/cometwatch/comets", timeout=30)
    return name, ranking.status_code, 'name="csrf_token"' in ranking.text


def signed_in(stack: Stack, name: str, password: str) -> requests.Session:
    """Somebody's browser after Airflow's form."""
    session = requests.Session()
    session.trust_env = False
    login = {"username": name, "password": password}
    answer = session.post(f"{stack.address}/auth/token", json=login, timeout=30)
    answer.raise_for_status()
    session.cookies.set("_token", answer.json()["access_token"])
    session.headers["Accept"] = "text/html"
    return session


def logs(stack: Stack) -> str:
    """The end of every component's log."""
    return "\n".join(f"== {name}\n{stack.log(name)}" for name in COMPONENTS)
