"""Where a number came from: the report that says it, the file it came in, and its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from include.account_analytics.facts import API
from include.database import Row, rows
from plugins.dashboard.rendering import calmed

# The numbers of a day, by the report that they come from.
GROUPS = {
    "viewers": ("total_viewers", "new_viewers", "returning_viewers"),
    "followers": ("followers", "following", "follower_growth", "follower_growth_rate", "engaged_audience"),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """The reports that a page's numbers come from, by their SHA-256."""

    named: Mapping[str, Row]

    @classmethod
    def read(
        cls, connection: psycopg.Connection[Any], days: Sequence[Row], revisions: Sequence[Row], others: Sequence[str]
    ) -> Sources:
        sums = {row[f"{group}_member"] for row in days for group in ("overview", *GROUPS)}
        sums |= {str(member) for row in days for member, _ in (row["extra"].get("sources") or {}).values()}
        sums |= {row[f"{age}_member"] for row in revisions for age in ("old", "new")} | set(others)
        wanted = sorted(each for each in sums if each)
        found = rows(connection, "dashboard/accounts/name_members", {"sums": wanted}) if wanted else []
        return cls({row["member_sha256"]: row for row in found})

    def of(self, row: Row, metric: str) -> str:
        """Of a number of a day, in words; nothing where no report says it."""
        elsewhere = (row["extra"].get("sources") or {}).get(metric)
        if elsewhere:
            return self.words(*elsewhere)
        group = next((group for group, metrics in GROUPS.items() if metric in metrics), "overview")
        return self.words(row[f"{group}_member"], row[f"{group}_line"])

    def words(self, member: str | None, line: int | None) -> str:
        """`Overview.csv of July.zip, line 12: from an export`."""
        if member is None:
            return ""
        known = self.named.get(member)
        if known is None:
            return f"report {member[:8]}, line {line}"
        of_file = "" if known["file_name"] == known["member"] else f" of {known['file_name']}"
        source = {None: "", API: ": from the API"}.get(known["family"], ": from an export")
        return calmed(f"{known['member']}{of_file}, line {line}{source}")

    def short(self, member: str, line: int) -> str:
        """`Overview.csv:12`."""
        known = self.named.get(member)
        name = known["member"].rpartition("/")[2] if known else member[:8]
        if known and known["family"] == API:
            name = f"API {name}"
        return calmed(f"{name[-28:]}:{line}")

    def of_day(self, row: Row) -> list[tuple[str, str, str]]:
        """The reports of a day: the place of each on the page, its short name, and its name in words."""
        found = [(row[f"{group}_member"], row[f"{group}_line"]) for group in ("overview", *GROUPS)]
        return [
            (f"report-{member[:16]}", self.short(member, line), self.words(member, line))
            for member, line in found
            if member is not None
        ]
