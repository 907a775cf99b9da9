"""`python -m … DATABASE LAKE URL KEY SECONDS ACCOUNT`: one export in a process of its own, for tests that end it."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace

import psycopg

from include.account_analytics.browser import settings
from include.account_analytics.browser.export import export_account
from include.account_analytics.secrets_kept import Safe
from include.lake import Lake
from include.settings import Secret
from tests.include.account_analytics.browser.studio_page import NOON


def main(database_url: str, lake_uri: str, url: str, key: str, seconds: str, account: str) -> None:
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    configured = replace(settings.load({}, None), url=url, seconds=int(seconds))
    export_account(
        lambda: psycopg.connect(database_url), Lake(lake_uri), Safe(Secret(key)), configured, "run", account, NOON
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
