"""Removes what came from made-up exports: rows, files of the lake, and what was computed of them."""

from __future__ import annotations

from dataclasses import dataclass

from include import database
from include.account_analytics import accounts, locks, places
from include.account_analytics.locks import CURATED, LANDING
from include.database import Connector, Database
from include.lake import Lake


@dataclass(frozen=True, slots=True)
class Cleared:
    """How much is gone."""

    accounts: int
    files: int
    lake_files: int


def clear(connector: Connector, lake: Lake) -> Cleared:
    """Done again it finds nothing more. An account that real files came for as well stays, with those alone."""
    from include.account_analytics import curated

    with Database(connector) as lock, Database(connector) as store:

        def removed(_: object) -> Cleared:
            keys = {row["key"] for row in store.rows("account_analytics/list_made_up_keys")}
            made_up = [row["account"] for row in store.run(accounts.read_all) if row["is_made_up"]]
            for account in made_up:
                for folder in (places.STAGING, places.INCOMING):
                    keys |= {entry.key for entry in lake.entries(f"{folder}/{account}")}
            keys |= {f"{key}.reason.json" for key in keys if key.startswith("landing/quarantine/")}
            for key in sorted(keys):
                lake.delete(key)
            gone = store.run(lambda connection: database.one(connection, "account_analytics/clear_made_up"))
            store.run(lambda connection: database.rows(connection, "account_analytics/clear_made_up_accounts"))
            left = {row["account"]: row["is_made_up"] for row in store.run(accounts.read_all)}
            if left:
                curated.publish(store, lake, left)
            else:
                for entry in lake.entries(curated.FOLDER):
                    lake.delete(entry.key)
            return Cleared(len(set(made_up) - left.keys()), gone["files"], len(keys))

        return locks.alone(lock, LANDING, lambda c: locks.alone(lock, CURATED, lambda _: removed(c)))
