"""Passwords and keys: made once, kept, readable by their owner alone."""

import stat
from pathlib import Path

import pytest

from include.local import keys
from include.local.errors import LocalError
from include.local.folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / ".local")
    made.make()
    return made


def test_keys_stay_the_same(folders: Folders):
    """A second start reads the keys of the first, so sessions and encrypted values stay valid."""
    assert keys.keys(folders) == keys.keys(folders)
    assert sorted(keys.keys(folders)) == ["api", "fernet", "jwt"]


def test_files_are_private(folders: Folders):
    """Nobody else can read the files."""
    keys.keys(folders)
    keys.passwords(folders)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folders.airflow.iterdir()}
    assert modes == {"keys.json": 0o600, "passwords.json": 0o600}


def test_chosen_password_wins(folders: Folders):
    """AIRFLOW_PASSWORD replaces admin's password, keeps viewer's, and stays when it is no longer set."""
    generated = keys.passwords(folders)
    chosen = keys.passwords(folders, "correct horse")
    assert chosen == {"admin": "correct horse", "viewer": generated["viewer"]}
    assert keys.passwords(folders) == chosen


def test_broken_file_is_named(folders: Folders):
    """A damaged file is not overwritten in silence."""
    (folders.airflow / "keys.json").write_text("{")
    with pytest.raises(LocalError, match=r"keys.json cannot be read .* Remove it"):
        keys.keys(folders)
