"""`python -m include.sandbox` starts fast, fails in one line, remembers what it should and stops when asked."""

import json
import signal
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from time import monotonic

import pytest

from include.local.driven_sandbox import start_process
from include.local.folders import ROOT

pytestmark = pytest.mark.server  # starts and stops real processes

WORDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"


def _python(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def _run(*options):
    return subprocess.run(
        [sys.executable, "-m", "include.sandbox", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    "options", [("--port", "x"), ("--port", "70000"), ("--rate", "-1"), ("--creators", "0"), ("--nonsense",)]
)
def test_bad_arguments_are_one_line_and_status_2(options):
    """A bad argument is named in one line, without usage text or a traceback."""
    run = _run(*options)
    assert (run.returncode, run.stderr.count("\n"), run.stdout) == (2, 1, "")
    assert run.stderr.startswith("sandbox: ")
    assert options[0] in run.stderr


def test_a_busy_port_is_one_line_and_status_2():
    """A port that is taken is named, and what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = _run("--port", port)
    assert (run.returncode, run.stderr.count("\n"), port in run.stderr, "--port" in run.stderr) == (2, 1, True, True)


def test_missing_packages_are_named():
    """Without scikit-image the sandbox says what to install, and does not start."""
    hide = "import sys; sys.modules['skimage'] = None; sys.argv = ['sandbox', '--port', '0']\n"
    code = hide + "import importlib.util as u; f = u.find_spec\n"
    code += "u.find_spec = lambda n, *a: None if n == 'skimage' else f(n, *a)\n"
    code += "from include.sandbox.__main__ import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert (
        run.returncode,
        run.stderr,
    ) == (2, "sandbox: covers need scikit-image; install with: python -m pip install scikit-image\n")


def test_a_large_world_starts_as_fast():
    """A million creators cost nothing at the start: making them would take minutes."""
    started = monotonic()
    running = start_process("--creators", 1_000_000)
    ready_after = monotonic() - started
    found = running.control("GET", "creators", offset=999_990)["creators"]
    running.stop()
    assert (len(found), ready_after < 20) == (10, True)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_stops_it_at_once_and_quietly(name):
    """It stops with status 0 and nothing on stderr, even while a request hangs for ever."""
    running = start_process("--rate", 0)
    running.inject({"match": {}, "times": None, "action": {"kind": "hang"}})
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as hanging:
        hanging.sendall(f"GET {WORDS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {running.key}\r\n\r\n".encode())
        while not running.log():
            pass
        running.process.send_signal(getattr(signal, name))
        status = running.process.wait(20)
    _, said = running.process.communicate()
    assert (status, said) == (0, "")


def test_a_state_folder_outlives_a_restart(tmp_path):
    """Clock, balance and log survive; without the folder nothing does. The key is in no file."""
    first = start_process("--rate", 0, "--state-folder", tmp_path)
    first.set_clock(datetime(2026, 12, 24, tzinfo=UTC), frozen=True)
    first.account(balance=1.0)
    first.get(WORDS)
    first.stop()
    second = start_process("--rate", 0, "--state-folder", tmp_path)
    kept = (second.control("GET", "clock")["day"], second.account()["balance"], second.account()["billed_today"])
    second.get(WORDS)
    second.stop()
    assert kept == ("2026-12-24", 0.999, 1)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(e["endpoint"], e["billed"], e["status"]) for e in lines] == [("trending_words", True, 200)] * 2
    assert first.key not in "".join(file.read_text() for file in tmp_path.iterdir())


def test_a_larger_world_has_the_same_people_and_more_also_after_a_restart(tmp_path):
    """With more creators those there were stay as they are, the new ones are found, and the state folder knows how many."""
    first = start_process("--rate", 0, "--state-folder", tmp_path)
    today = first.control("GET", "clock")["day"]
    before = first.truth(date.fromisoformat(today))
    asked = {"keyword": "ramen", "offset": 0, "count": 20}
    found = first.get(SEARCH, **asked).json()["data"]["search_item_list"]
    first.settings(creators=5_000)
    after = first.truth(date.fromisoformat(today))
    refound = first.get(SEARCH, **asked).json()["data"]["search_item_list"]
    first.stop()
    second = start_process("--rate", 0, "--state-folder", tmp_path)
    last = second.get(PROFILE, user_id=after[-1]["user_id"]).json()["data"]
    kept = (second.control("GET", "health")["creators"], second.settings()["creators"])
    second.stop()
    assert (len(before), len(after)) == (600, 5_000)
    assert after[:600] == before
    assert [item["aweme_info"]["aweme_id"] for item in found] != [item["aweme_info"]["aweme_id"] for item in refound]
    assert kept == (5_000, 5_000)
    assert "status_code" in last


def test_a_world_has_somebody_in_it():
    """No creators at all are refused, and nothing changes."""
    running = start_process("--rate", 0)
    with pytest.raises(ValueError, match="creators are 1 or more"):
        running.settings(creators=0)
    kept = running.settings()["creators"]
    running.stop()
    assert kept == 600


def test_the_log_shows_when_requests_came():
    """Entries carry microseconds and their order is that of arrival."""
    running = start_process("--rate", 0)
    for _ in range(5):
        running.get(WORDS)
    times = [entry["at"] for entry in running.log()]
    running.stop()
    assert sorted(times) == times
    assert {"2"} == {at[0] for at in times}
    assert all(len(at.split(".")[1]) == len("123456+00:00") for at in times)
