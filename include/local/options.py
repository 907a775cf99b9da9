"""The few settings that concern only the local default, and the `.env` lines its processes are given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.local.errors import LocalError
from include.local.folders import ROOT
from include.settings import read_dotenv


@dataclass(frozen=True, slots=True)
class Options:
    """`admin_password` from AIRFLOW_PASSWORD, `pool_slots` from TIKHUB_POOL_SLOTS; None where not set."""

    admin_password: str | None
    pool_slots: int | None


def whole_environment(dotenv_file: Path = ROOT / ".env") -> dict[str, str]:
    """The lines of `.env` under the process environment. Airflow itself reads no `.env`."""
    return {**{name: value for name, value in read_dotenv(dotenv_file).items() if value}, **os.environ}


def read(env: Mapping[str, str]) -> Options:
    """Raises LocalError naming the setting that is wrong."""
    slots = env.get("TIKHUB_POOL_SLOTS", "").strip()
    if slots and (not slots.isascii() or not slots.isdigit() or not 1 <= int(slots) <= 128):
        raise LocalError(f"TIKHUB_POOL_SLOTS must be a whole number from 1 to 128, not {slots!r}.")
    return Options(env.get("AIRFLOW_PASSWORD", "").strip() or None, int(slots) if slots else None)
