"""What outlives a restart when a state folder is given: the clock's offset, the account, and how many creators there are."""

import json
from pathlib import Path

from include.sandbox.billing import Account
from include.sandbox.clock import Clock


def load(folder: Path, clock: Clock, account: Account) -> int | None:
    """Read the folder's state into clock and account; no file, or an unreadable one, changes nothing.

    Returns how many creators the world had, if the folder says so.
    """
    try:
        kept = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        clock.offset, clock.frozen_at = float(kept["clock_offset"]), kept["clock_frozen_at"]
        account.balance, account.free_credit = int(kept["balance"]), int(kept["free_credit"])
        account.billed = {int(day): int(calls) for day, calls in kept["billed"].items()}
        account.spent = {int(day): int(spent) for day, spent in kept["spent"].items()}
        creators = kept.get("creators")
        return None if creators is None else int(creators)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def to_keep(clock: Clock, account: Account, creators: int) -> str:
    """The state as JSON."""
    kept = {
        "clock_offset": clock.offset,
        "clock_frozen_at": clock.frozen_at,
        "balance": account.balance,
        "free_credit": account.free_credit,
        "billed": account.billed,
        "spent": account.spent,
        "creators": creators,
    }
    return json.dumps(kept)


def save(folder: Path, kept: str) -> None:
    """Write the state, whole or not at all."""
    draft = folder / "state.json.draft"
    draft.write_text(kept, encoding="utf-8")
    draft.replace(folder / "state.json")
