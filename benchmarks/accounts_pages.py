"""How long the page "Accounts", and one account's, take on the server with three years of days of 300 accounts."""

from __future__ import annotations

from typing import Any

import psycopg

from benchmarks.dashboard import MOST_MILLISECONDS, _milliseconds, _signed_in
from benchmarks.figures import Figure
from benchmarks.stage import Stage, today

NAME = "accounts_pages"
ROWS = (NAME, f"{NAME}_one")
DAYS = 3 * 365
PORTFOLIO = ("/accounts", "/accounts?window=7&order=views", "/accounts?window=90&order=change")
ONE = ("/accounts/@account.7", "/accounts/@account.7?window=all", "/accounts/@account.7?order=views&page=2")
_FILL = (
    "insert into accounts (account, handle) select 'account.' || n, 'account.' || n from generate_series(1, %(accounts)s) as n",
    """
    insert into account_exports (
        export_sha256, member, member_sha256, account, source, file_name, size_bytes, landed_at, state, format, report,
        first_day, last_day, exported_at, year_basis, label_shift, shift_basis, rows_in
    )
    select
        encode(sha256((account || '/' || week)::bytea), 'hex'), 'Overview.csv',
        encode(sha256(('m' || account || '/' || week)::bytea), 'hex'),
        account, 'drop', 'Overview.zip', 9000, %(day)s::date - 7 * week, 'staged', 'studio_overview', 'overview',
        %(day)s::date - 7 * week - 27, %(day)s::date - 7 * week, %(day)s::date - 7 * week, 'name', 0, 'assumed', 28
    from accounts cross join generate_series(0, %(days)s / 7) as week
    """,
    """
    insert into social_media_stats (
        account, date, video_views, profile_views, likes, comments, shares, followers, follower_growth, engagement_rate,
        total_viewers, is_provisional, overview_member, overview_line
    )
    select
        account, %(day)s::date - ago, views, views / 20, views / 10, views / 90, views / 70, 9000 - 3 * ago, 3, 0.12,
        views / 2, ago < 4, encode(sha256(('m' || account || '/' || ago / 7)::bytea), 'hex'), 2 + ago %% 28
    from accounts
    cross join generate_series(2, %(days)s) as ago
    cross join lateral (select 500 + abs(hashtext(account || ago)) %% 9000 as views) as made
    """,
    """
    insert into content_performance (
        account, video_id, snapshot_day, publish_date, posted_at, title, total_views, total_likes, total_comments,
        total_shares, engagement_rate, hashtags, member, line
    )
    select
        account, (7000000000000000000 + video)::text, %(day)s::date - 7 * week, %(day)s::date - 7 * (video / 3 + week),
        %(day)s::date - 7 * (video / 3 + week), 'A caption ' || video, 1000 * video, 9 * video, video, video, 0.1,
        array['#tea', '#cup' || video %% 20], 'm', video
    from accounts cross join generate_series(1, 150) as video cross join generate_series(0, 9) as week
    """,
    """
    insert into audience_insights (account, day, hour, kind, bucket, followers, member, line)
    select account, %(day)s::date - 2 - ago, hour, 'active_followers', 'all', 100 + hour * 10, 'm', hour
    from accounts cross join generate_series(0, 55) as ago cross join generate_series(0, 23) as hour
    """,
    """
    insert into account_quality (
        account, run_id, day, completeness, consistency, validity, freshness, accuracy, overall, overall_mean
    )
    select account, 'run of ' || ago, %(day)s::date - ago, 0.9, 1, 1, 1, 0.99, 0.9, 0.978
    from accounts cross join generate_series(0, %(days)s) as ago
    """,
    """
    insert into account_anomalies (account, day, kind, value)
    select account, %(day)s::date - 10 * n, 'views_high', 9 from accounts cross join generate_series(1, 30) as n
    """,
)


def measure(stage: Stage, name: str) -> list[Figure]:
    """The slowest address of each page, as the middle of some requests after a first one."""
    accounts = stage.of_size(30, 300, 300)
    with stage.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in _FILL:
                connection.execute(statement, {"accounts": accounts, "day": today(), "days": DAYS})
            connection.execute("vacuum analyze")
        with _signed_in(url) as client:
            return [
                _figure(client, row, addresses, f"{what}, {accounts} accounts × 3 years")
                for row, addresses, what in (
                    (ROWS[0], PORTFOLIO, "page Accounts"),
                    (ROWS[1], ONE, "page of one account"),
                )
            ]


def _figure(client: Any, row: str, addresses: tuple[str, ...], what: str) -> Figure:
    taken = {address: _milliseconds(client, address) for address in addresses}
    slowest = max(taken.values())
    return Figure(
        row,
        what,
        slowest,
        "ms",
        f"< {MOST_MILLISECONDS:g} ms",
        slowest < MOST_MILLISECONDS,
        note="; ".join(f"{address} {milliseconds:.0f} ms" for address, milliseconds in taken.items()),
    )
