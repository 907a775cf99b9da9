"""Optional parts: what is said where one is missing, and that all lists of packages fit each other."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from include import extras
from include.failures import NeedsPerson
from include.local.folders import ROOT
from include.local.lock import FILES

LISTS = sorted(path.stem for path in ROOT.glob("requirements*.in"))


def pins(name: str) -> set[tuple[str, str, str]]:
    """(package, version, where) of each line of a locked file."""
    lines = re.findall(r"^([\w.-]+)==(\S+)(?: ; (.*))?$", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)
    assert lines
    return set(lines)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch):
    """The sentence names the modules, and the command that brings them; trying again changes nothing about it."""
    monkeypatch.setitem(extras.EXTRAS, "cloud", ("json", "s3fs_not_there"))
    with pytest.raises(extras.ExtraMissing) as caught:
        extras.require("cloud")
    assert str(caught.value) == (
        "The optional part 'cloud' is not installed here (s3fs_not_there). Run: make extra NAME=cloud (an image: put "
        "EXTRAS=cloud into .env, then run: docker compose build)"
    )
    assert isinstance(caught.value, NeedsPerson)


def test_what_is_there_is_enough(monkeypatch: pytest.MonkeyPatch):
    """Nothing is said, and nothing imported, where all modules are."""
    monkeypatch.setitem(extras.EXTRAS, "cloud", ("json", "antigravity"))
    extras.require("cloud")
    assert "antigravity" not in sys.modules


def test_every_part_has_its_list():
    """Each list kept by hand is locked, each part has one, and `make extra` offers the parts by their names."""
    assert set(FILES) == set(LISTS)
    assert set(LISTS) >= {f"requirements-{extra}" for extra in extras.EXTRAS}
    offered = re.search(r"^extra:.*NAME=(\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert offered is not None
    assert offered[1].split("|") == list(extras.EXTRAS)


@pytest.mark.parametrize("name", LISTS)
def test_locked_anew_after_a_change(name: str):
    """The head of each locked file repeats the list it was made from."""
    chosen = [line for line in (ROOT / f"{name}.in").read_text().splitlines() if line and not line.startswith("#")]
    head = (ROOT / f"{name}.txt").read_text().split(f"Chosen by hand in {name}.in:\n")[1]
    said = [line.removeprefix("#   ") for line in head.splitlines()[: len(chosen) + 1] if line.startswith("#   ")]
    assert said == chosen, "run: make lock"


def test_all_parts_fit_together():
    """No package has another version in another list, so that any parts can be installed beside each other."""
    versions: dict[str, set[tuple[str, str]]] = {}
    for name in LISTS:
        for package, version, where in pins(name):
            # Where a package is of use at all differs from list to list; where one version ends and the next begins must not.
            python = " ".join(re.findall(r"python_full_version [<>=!]+ '[\d.*]+'", where))
            versions.setdefault(package, set()).add((version, python))
    split = {package for package, found in versions.items() if len({version for version, _ in found}) > 1}
    assert {package: versions[package] for package in split if any(not where for _, where in versions[package])} == {}


def test_no_second_opencv():
    """What rapidocr asks for would overwrite the main set's OpenCV: both are the folder `cv2`."""
    assert {package for name in LISTS for package, _, _ in pins(name) if package.startswith("opencv")} == {
        "opencv-python-headless"
    }


def test_the_main_list_stays_light():
    """Nothing that only an optional part is there for has come into the main list."""
    main = {package for package, _, _ in pins("requirements")}
    assert main & {"s3fs", "gcsfs", "botocore", "polars", "yt-dlp", "onnxruntime", "playwright", "moto"} == set()


@pytest.mark.parametrize("extra", extras.EXTRAS)
def test_modules_of_a_part(extra: str):
    """The modules that are looked for are those the list brings, where it is installed."""
    listed = re.findall(r"^[\w-]+", (ROOT / f"requirements-{extra}.in").read_text(), re.MULTILINE)
    modules = (*extras.EXTRAS[extra], *extras.DISPENSABLE.get(extra, ()))
    named = {
        module.replace("airflow.", "apache_airflow_").translate({ord(each): "-" for each in "_."}) for module in modules
    }
    assert named >= set(listed)
    if not all(find_spec(module) for module in extras.EXTRAS[extra]):
        pytest.skip(f"the optional part is not installed here; run: make extra NAME={extra}")
    extras.require(extra)


def test_make_says_which_parts_there_are(tmp_path: Path):
    """A name that is no part is answered with those that are."""
    said = subprocess.run(
        ["/usr/bin/env", "make", "extra", "NAME=clod"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode != 0
    assert said.stderr.splitlines()[0] == "Say which part: make extra NAME=cloud (or analytics, media, browser, users)"


@pytest.mark.server  # a make of its own compares the times of files
def test_make_installs_a_part_once(tmp_path: Path):
    """The first call installs the part's list, the second nothing; a list locked anew is installed again."""
    (tmp_path / "include" / "local").mkdir(parents=True)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-cloud.in", "requirements-cloud.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "include" / "local" / "install.sh").write_text('echo "$@" >>calls\nmkdir -p "$2"\n')
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())

    def calls() -> list[str]:
        subprocess.run(["/usr/bin/env", "make", "extra", "NAME=cloud"], cwd=tmp_path, capture_output=True, check=True)
        return (tmp_path / "calls").read_text().splitlines()

    assert calls() == calls() == ["python3 .venv", "python3 .venv cloud"]
    (tmp_path / "requirements-cloud.txt").write_text("newer")
    assert calls() == ["python3 .venv", "python3 .venv cloud", "python3 .venv cloud"]
