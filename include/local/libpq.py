"""The variables of libpq (PGHOST, PGSERVICE, PGOPTIONS, …): they may complete the address of a database that the user names,
and must not reach the embedded server, whose address is whole.

No address can shut them all out (a service and PGDATESTYLE are read whatever it says), and one process of Airflow's talks to
both databases. So what they say is written into the user's address once, and then they are taken out of the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from psycopg import conninfo, pq

from include.settings import Secret, Settings

# Where to look a service up; without a service, nobody reads them.
_KEPT = {"PGSERVICEFILE", "PGSYSCONFDIR"}


def complete(settings: Settings) -> Settings:
    """`settings` with the address of the user's database completed as libpq does it; a named service stays named."""
    if settings.database_url is None:
        return settings
    fields = conninfo.conninfo_to_dict(settings.database_url.reveal())
    before = os.environ.get("PGSERVICE")
    if fields.get("service"):
        os.environ["PGSERVICE"] = str(
            fields["service"]
        )  # libpq puts a service's values before those of the environment
    try:
        given = {
            option.keyword.decode(): option.val.decode()
            for option in pq.Conninfo.get_defaults()
            if option.val is not None and option.val != option.compiled and option.keyword != b"dbname"
        }
        if os.environ.get("PGSERVICE"):
            given["service"] = os.environ["PGSERVICE"]
        elif not os.environ.get("PGUSER"):
            given.pop("user", None)  # nobody's choice: the name this process runs under
    finally:
        if before is not None:
            os.environ["PGSERVICE"] = before
        else:
            os.environ.pop("PGSERVICE", None)
    added = {name: text for name, text in given.items() if name not in fields}
    if not added:
        return settings
    url = settings.database_url.reveal()
    joined = f"{url}{'&' if '?' in url else '?'}{urlencode(added, quote_via=quote)}"
    return replace(settings, database_url=Secret(joined))


def forget() -> None:
    """Take libpq's variables out of this process's environment: what connects from now on goes by its address alone."""
    for name in [name for name in os.environ if _is_libpqs(name)]:
        del os.environ[name]


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without libpq's variables."""
    return {name: text for name, text in environment.items() if not _is_libpqs(name)}


def _is_libpqs(name: str) -> bool:
    return name.startswith("PG") and name not in _KEPT
