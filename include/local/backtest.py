"""`make backtest`: how often the breakout score was right, on the configured database or the embedded one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from include import database, migrations, settings
from include.failures import NeedsPerson
from include.local import stack
from include.local.errors import LocalError
from include.local.folders import Folders
from include.ranking import backtest


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns its exit status."""
    style, ahead = environ.get("FORMAT") or "table", environ.get("DAYS_AHEAD") or "7"
    if style not in {"table", "json"} or not (ahead.isascii() and ahead.isdigit() and 1 <= int(ahead) <= 90):
        sys.stderr.write("FORMAT is table or json; DAYS_AHEAD is a whole number from 1 to 90.\n")
        return 2
    try:
        with _database_url() as url, database.Database(lambda: psycopg.connect(url), 15.0) as connections:
            connections.repeatedly(migrations.check)
            tested = backtest.run(connections, int(ahead))
    except (NeedsPerson, database.DatabaseUnavailable) as error:
        sys.stderr.write(f"backtest: {error}\n")
        return 1
    sys.stdout.write(backtest.as_json(tested) if style == "json" else backtest.as_table(tested))
    return 0


@contextmanager
def _database_url() -> Iterator[str]:
    """Where the pipeline's tables are; the embedded server is started for as long as it is needed."""
    configured = settings.load()
    if configured.database_url is not None:
        yield configured.database_url.reveal()
        return
    try:
        with stack.database_server(Folders.here()) as server:
            yield stack.database_url(configured, server)
    except LocalError as error:
        raise settings.SettingsError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
