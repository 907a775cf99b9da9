"""The vendored style sheet and chart library are what their list says, and nothing is fetched from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from plugins.dashboard.static_files import FOLDER
from tests.fixtures.dashboard import Browser


def test_vendored_files_are_unchanged():
    """Every vendored file has the checksum it came with, and each folder holds its licence."""
    listed = json.loads((FOLDER / "vendor" / "manifest.json").read_text())
    present = {
        path.relative_to(FOLDER / "vendor").as_posix()
        for path in (FOLDER / "vendor").rglob("*.*")
        if path.suffix != ".json"
    }
    present |= {path.relative_to(FOLDER / "vendor").as_posix() for path in (FOLDER / "vendor").rglob("LICENSE*")}
    assert present == {entry["file"] for entry in listed}
    for entry in listed:
        content = (FOLDER / "vendor" / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], f"{entry['file']}: run make assets"
    assert all(
        any(path.name.startswith("LICENSE") for path in folder.iterdir())
        for folder in (FOLDER / "vendor").iterdir()
        if folder.is_dir()
    )


def test_nothing_is_fetched_from_elsewhere():
    """No style sheet and no script of ours names another host."""
    for path in FOLDER.rglob("*"):
        if path.suffix in {".css", ".js"}:
            text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            assert re.findall(r"(?:url\(|import |src=)[\"']?(?:https?:)?//", text) == [], path.name


def test_only_listed_files_are_sent(browser: Callable[[str | None], Browser]):
    """A path that climbs out of the folder is not found; a file of it is sent with its type."""
    viewer = browser("viewer")
    for path in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "vendor", "vendor/../../app.py"):
        assert viewer.get(f"/static/{path}").status_code == 404, path
    answer = viewer.get("/static/vendor/uplot/uPlot.iife.min.js")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/javascript")
