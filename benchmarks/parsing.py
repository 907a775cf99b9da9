"""How long the DAG processor needs for `dags/comets.py`, and what it loads and touches while it reads it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

from benchmarks.figures import Figure
from benchmarks.stage import ROOT, Stage, environment

NAME = "parsing"
# As the DAG processor does it: Airflow is loaded, then a process is forked for the file.
_PARSE = """
import json, statistics, sys, time
import airflow.sdk, airflow.dag_processing.processor
import psycopg, socket
from airflow.dag_processing.dagbag import DagBag
connected = []
psycopg.connect = psycopg.Connection.connect = lambda *_, **__: connected.append("database") or 1 / 0
sys.addaudithook(lambda event, facts: connected.append("network") if event == "socket.connect" else None)
began = time.perf_counter()
bag = DagBag(sys.argv[1])
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "dags": sorted(bag.dags), "errors": bag.import_errors,
                  "cv2": "cv2" in sys.modules, "connected": connected}))
"""


def measure(stage: Stage, _: str) -> list[Figure]:
    """The median of several processes, each reading the file for the first time."""
    with tempfile.TemporaryDirectory(prefix="parsing-") as home:
        told = [_parse(home) for _ in range(stage.of_size(1, 5, 9))]
    seconds = sorted(each["seconds"] for each in told)[len(told) // 2]
    touched = sorted({what for each in told for what in each["connected"]})
    loads = [*(["cv2"] if any(each["cv2"] for each in told) else []), *touched]
    if any(each["dags"] != ["comets"] for each in told):
        raise RuntimeError(f"the DAG was not read: {told[0]['errors']}")
    note = f"at import it touches {', '.join(loads)}" if loads else "no cv2, no connection at import"
    return [
        Figure(
            NAME, "`comets` parsed by the DAG processor", seconds, "s", "≤ 1 s", seconds <= 1 and not loads, note=note
        )
    ]


def _parse(home: str) -> dict:
    finished = subprocess.run(
        [sys.executable, "-c", _PARSE, str(ROOT / "dags" / "comets.py")],
        cwd=ROOT,
        env=environment(AIRFLOW_HOME=home, AIRFLOW__CORE__LOAD_EXAMPLES="False", PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(finished.stderr[-2000:])
    return json.loads(finished.stdout.strip().splitlines()[-1])
