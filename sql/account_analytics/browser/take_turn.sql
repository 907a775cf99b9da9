-- Claims the next visit of TikTok Studio that the distances allow, unless it is too far away; one row: the visit (NULL: none is
-- claimed), the seconds until it may begin, the tabs that this run has brought already, how the account's last one ended (a look
-- without downloads says nothing to an export: NULL). The caller holds the browser's lock. A claim of the same run that nobody
-- began is given up for it.
-- Parameters: account text, run_id text, purpose text, now timestamptz (NULL: the server's), account_seconds float8 (between
-- visits of one account), any_seconds float8 (between any two), longest_seconds float8 (it waits at most).
with
moment as (
    select coalesce(%(now)s::timestamptz, clock_timestamp()) as now
),

given_up as (
    delete from account_browser_log
    where
        account_browser_log.account = %(account)s::text
        and account_browser_log.run_id = %(run_id)s::text
        and account_browser_log.purpose = %(purpose)s::text
        and account_browser_log.begun_at is null
        and account_browser_log.ended_at is null
    returning account_browser_log.visit_id
),

others as (
    select
        account_browser_log.account,
        account_browser_log.purpose,
        account_browser_log.result,
        account_browser_log.run_id,
        account_browser_log.tabs,
        coalesce(account_browser_log.begun_at, account_browser_log.starts_at) as starts_at
    from account_browser_log
    where account_browser_log.visit_id not in (select given_up.visit_id from given_up)
),

turn as (
    select
        moment.now,
        greatest(
            moment.now,
            (
                select max(others.starts_at) from others
                where others.account = %(account)s::text
            ) + make_interval(secs => %(account_seconds)s::float8),
            (select max(others.starts_at) from others) + make_interval(secs => %(any_seconds)s::float8)
        ) as starts_at
    from moment
),

claimed as (
    insert into account_browser_log (account, run_id, purpose, claimed_at, starts_at)
    select
        %(account)s::text,
        %(run_id)s::text,
        %(purpose)s::text,
        turn.now,
        turn.starts_at
    from turn
    where turn.starts_at <= turn.now + make_interval(secs => %(longest_seconds)s::float8)
    returning account_browser_log.visit_id
)

select
    (select claimed.visit_id from claimed) as visit_id,
    turn.starts_at,
    extract(epoch from turn.starts_at - turn.now)::float8 as wait_seconds,
    array(
        select distinct brought.tab
        from others
        cross join unnest(others.tabs) as brought (tab)
        where others.account = %(account)s::text and others.run_id = %(run_id)s::text
        order by brought.tab
    ) as brought,
    (
        select case when others.purpose = 'export' or %(purpose)s::text = 'canary' then others.result end
        from others
        where others.account = %(account)s::text
        order by others.starts_at desc
        limit 1
    ) as last_result
from turn;
