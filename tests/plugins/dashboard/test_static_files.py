"""The vendored style sheet and chart library are what their list says, and nothing is fetched from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

import pytest

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


@pytest.mark.parametrize("icon", ["comet.svg", "comet-dark.svg", "account.svg", "account-dark.svg"])
@pytest.mark.parametrize("background", ["#ffffff", "#000000", "#4a5568", "#017cee", "#1a202c"])
def test_the_icon_is_seen_on_any_background(icon: str, background: str):
    """The navigation's items are light, dark or coloured: some colour of the icon stands out from each, three to one."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    colours = set(re.findall(r'(?:stroke|fill)="(#\w+)"', (FOLDER / icon).read_text()))
    behind = luminance(background)
    contrasts = [
        (max(luminance(each), behind) + 0.05) / (min(luminance(each), behind) + 0.05) for each in sorted(colours)
    ]
    assert max(contrasts) >= 3
