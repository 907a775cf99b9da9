"""include/local/install.sh, with a Python that has everything already."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "include" / "local" / "install.sh"
# Says yes to everything; asked for an environment, it puts itself and uv there.
PYTHON = """#!/bin/sh
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/uv"; fi
"""


def test_what_it_says_does_not_mix_with_what_a_command_prints(tmp_path: Path):
    """On a fresh checkout `make bench FORMAT=json` installs first: its lines go to standard error, all of them."""
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    finished = subprocess.run(
        [SCRIPT, python, tmp_path / "venv"], cwd=SCRIPT.parents[2], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, "")
    assert finished.stderr.splitlines()[-1] == "Installed."


# As above, and it writes down what pip is started with.
NOTING = """#!/bin/sh
case "$*" in
*"-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/uv" ;;
*"-m pip install"*) env >"$NOTES/env"; cat "$PIP_CONFIG_FILE" >"$NOTES/config" 2>/dev/null || true ;;
esac
"""
# Where packages would go, or what our Python would be.
ELSEWHERE = [
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_CONSTRAINT",
    "PIP_NO_DEPS",
    "UV_TARGET",
    "UV_SYSTEM_PYTHON",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "PYTHONSAFEPATH",
    "PYTHONWARNINGS",
    "PYTHONOPTIMIZE",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "CDPATH",
]
SOURCE = ("PIP_INDEX_URL", "PIP_CERT", "PIP_PROXY", "UV_INDEX_URL", "HTTPS_PROXY", "SSL_CERT_FILE")


def _install(folder: Path, python: str, **env: str) -> subprocess.CompletedProcess[str]:
    (folder / "python").write_text(python)
    (folder / "python").chmod(0o755)
    (folder / "notes").mkdir(exist_ok=True)
    return subprocess.run(
        ["/bin/bash", SCRIPT, folder / "python", folder / "venv"],
        cwd=SCRIPT.parents[2],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "NOTES": str(folder / "notes"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_shells_settings_do_not_send_packages_elsewhere(tmp_path: Path):
    """What says where packages go is not heeded; what says where they come from is."""
    given = dict.fromkeys((*ELSEWHERE, *SOURCE), "elsewhere")
    assert _install(tmp_path, NOTING, **given).returncode == 0
    seen = {line.partition("=")[0] for line in (tmp_path / "notes" / "env").read_text().splitlines()}
    assert seen & set(ELSEWHERE) == set()
    assert seen >= set(SOURCE)


@pytest.mark.parametrize("place", ["named.conf", ".config/pip/pip.conf", ".pip/pip.conf"])
def test_a_file_of_pips_settings(tmp_path: Path, place: str):
    """The same holds for the file, wherever it is."""
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[global]\nindex-url = https://mirror.example\nuser = true\ntarget: /srv\n[install]\nprefix=/opt\n")
    assert (
        _install(tmp_path, NOTING, **({"PIP_CONFIG_FILE": str(file)} if place == "named.conf" else {})).returncode == 0
    )
    assert (tmp_path / "notes" / "config").read_text() == "[global]\nindex-url = https://mirror.example\n[install]\n"


def test_no_folder_for_temporary_files(tmp_path: Path):
    """A TMPDIR that is not there, and a HOME that is not there, do not matter."""
    assert _install(tmp_path, NOTING, TMPDIR=str(tmp_path / "gone"), HOME="/nonexistent").returncode == 0


@pytest.mark.parametrize("python", ["python with blank", "pythön"])
def test_any_name_of_the_environment(tmp_path: Path, python: str):
    """Blanks and other letters in the path of the environment do no harm."""
    folder = tmp_path / python
    folder.mkdir()
    assert _install(folder, NOTING).returncode == 0


def test_where_nothing_can_be_written(tmp_path: Path):
    """A place that takes no folder is one sentence, with what to do."""
    (tmp_path / "venv").write_text("in the way")
    refused = _install(tmp_path, NOTING)
    assert refused.returncode == 1
    assert "No environment can be made in" in refused.stderr
    assert "make VENV=/path/to/folder" in refused.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize(
    ("options", "said"), [("noexec", "mounted without the right to"), ("ro", "Read-only file system")]
)
def test_a_mount_that_will_not_do(tmp_path: Path, options: str, said: str):
    """Without the right to run programs, or to write, it says so and names the way out."""
    (tmp_path / "python").write_text(NOTING)
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "mounted").mkdir()
    script = 'mount -t tmpfs -o "$1" none "$2" || exit 99; shift 2; exec "$@"'
    command = [SCRIPT, tmp_path / "python", tmp_path / "mounted" / "venv"]
    refused = subprocess.run(
        ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", options, tmp_path / "mounted", *command],
        cwd=SCRIPT.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if refused.returncode == 99 or "unshare failed" in refused.stderr:
        pytest.skip("this system lets nobody mount")
    assert said in refused.stderr
    assert "make VENV=/path/to/folder" in refused.stderr


def test_make_starts_our_own_python(tmp_path: Path):
    """Nothing of the shell that changes Python or bash reaches what `make` starts; texts are UTF-8."""
    (tmp_path / "include" / "local").mkdir(parents=True)
    for name in ("requirements.txt", "requirements-dev.txt", "include/local/install.sh"):
        (tmp_path / name).write_text("")
    shutil.copy(SCRIPT.parents[2] / "Makefile", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_text("#!/bin/sh\nenv\n")
    (tmp_path / ".venv" / "bin" / "python").chmod(0o755)
    (tmp_path / ".venv" / ".installed").write_text("")
    (tmp_path / "evil.sh").write_text("echo read by bash; exit 3\n")
    names = [name for name in ELSEWHERE if name.startswith("PYTHON") and name != "PYTHONPATH"]
    hostile = {
        **dict.fromkeys(names, "1"),
        "BASH_ENV": str(tmp_path / "evil.sh"),
        "PYTHONPATH": "/foreign",
        "LC_ALL": "C",
    }
    shown = subprocess.run(
        ["/usr/bin/env", "make", "run"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **hostile},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    seen = dict(line.split("=", 1) for line in shown.stdout.splitlines() if "=" in line)
    assert set(names) & set(seen) == set()
    assert (seen["PYTHONPATH"], seen["PYTHONUTF8"], seen["PYTHONNOUSERSITE"]) == (str(tmp_path), "1", "1")
