"""A sandbox process of one's own and its control API: for whoever plays days without Airflow."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import requests

from include.local.folders import ROOT


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox process and its control API. `key` is the API key it accepts."""

    url: str
    key: str
    process: subprocess.Popen[str] = field(repr=False)

    def get(self, path: str, **params: str | int) -> requests.Response:
        """An API request with the key, by path; nothing is retried."""
        return _session().get(
            f"{self.url}{path}", params=params, headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )

    def control(self, method: str, path: str, body: object = None, **params: str | int) -> Any:
        """A control request under /sandbox/; returns the JSON answered, raises on anything but 200."""
        content = json.dumps(body)  # not requests' own encoder, which refuses the NaN a fault may hold
        answer = _session().request(method, f"{self.url}/sandbox/{path}", data=content, params=params, timeout=30)
        if answer.status_code != 200:
            raise ValueError(f"{method} /sandbox/{path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def set_clock(self, now: datetime, *, frozen: bool = False) -> None:
        """Set the sandbox's now (with a zone); it runs on from there unless frozen."""
        self.control("POST", "clock", {"now": now.isoformat(), "frozen": frozen})

    def advance(self, by: timedelta) -> None:
        """Move the sandbox's now on."""
        self.control("POST", "clock", {"advance_seconds": by.total_seconds()})

    def log(self, endpoint: str = "") -> list[dict[str, Any]]:
        """API requests since the log was cleared, in order of arrival; of one endpoint when it is named."""
        return self.control("GET", "log", endpoint=endpoint)

    def image_log(self) -> list[dict[str, Any]]:
        """Image requests since the log was cleared."""
        return self.control("GET", "log", images=1)

    def site_log(self) -> list[dict[str, Any]]:
        """Requests for pages and media of the site since the log was cleared."""
        return self.control("GET", "log", site=1)

    def clear_log(self) -> None:
        """Forget the log."""
        self.control("DELETE", "log")

    def inject(self, *faults: dict[str, Any]) -> None:
        """Add fault rules, in the control API's JSON."""
        self.control("POST", "faults", list(faults))

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force with how often each matched (`seen`) and struck (`fired`)."""
        return self.control("GET", "faults")

    def clear_faults(self) -> None:
        """Forget all fault rules."""
        self.control("DELETE", "faults")

    def truth(self, day: date) -> list[dict[str, Any]]:
        """Every creator as the world has it on this day."""
        return self.control("GET", "creators", day=day.isoformat())["creators"]

    def account(self, **changes: float) -> dict[str, Any]:
        """Balance and bill; named values (balance, free_credit, billed_today) are set first."""
        return self.control("POST", "account", changes)

    def serper(self, **changes: int) -> dict[str, Any]:
        """Credits that Serper's account has left, and whether it is a free one; named values (credits, is_free) are set first."""
        return self.control("POST", "serper", changes)

    def official(self, **changes: Any) -> dict[str, Any]:
        """How often each account's owner was asked by the Accounts API; named values (see its `switch`) are set first."""
        return self.control("POST", "official", changes)

    def studio(self, **changes: Any) -> dict[str, Any]:
        """How the Studio-like page is, whose it is, and what its session is called; named values are set first."""
        return self.control("POST", "studio", changes)

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Latency, rate, churn and as_recorded; named values are set first."""
        return self.control("POST", "settings", changes)

    def stop(self) -> int:
        """Ask the process to stop, wait for it, return its exit status."""
        self.process.terminate()
        return self.process.wait(10)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy in the environment is not meant for loopback
    return session


def start_process(*options: object, key: str = "sandbox-key") -> RunningSandbox:
    """Start a sandbox on a free port; it is ready when this returns."""
    command = [sys.executable, "-m", "include.sandbox", "--port", "0", "--key", key, *map(str, options)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("the sandbox was started without pipes")
    line = process.stdout.readline()
    if not line.startswith("sandbox ready on "):
        raise RuntimeError(f"the sandbox did not start: {process.stderr.read()}")
    return RunningSandbox(url=line.split()[3], key=key, process=process)
