-- Scores of accounts of which nothing changed, as of a run's day: only their freshness is another; one row each.
-- Parameters: run_id text, day date, fresh_days int, stale_after int.
with
lasts as (
    select distinct on (account_quality.account) account_quality.*
    from account_quality
    order by account_quality.account, account_quality.day desc, account_quality.run_id desc
),

complete as (
    select
        stats.account,
        max(stats.date) as day
    from social_media_stats as stats
    where
        not stats.is_provisional
        and stats.overview_member is not null
        and not coalesce((stats.extra ->> 'has_no_data')::boolean, false)
    group by stats.account
),

scored as (
    select
        lasts.*,
        case
            when lasts.freshness is not null
                then greatest(
                    0.0,
                    least(1.0, 1.0 - (%(day)s::date - complete.day - %(fresh_days)s::integer)::float8 / %(stale_after)s::integer)
                )
        end as fresh
    from lasts
    inner join complete on lasts.account = complete.account
    where lasts.run_id <> %(run_id)s::text
)

insert into account_quality (
    account, run_id, day, completeness, consistency, validity, freshness, accuracy, overall, overall_mean, offenders,
    compared, is_made_up
)
select
    scored.account,
    %(run_id)s::text,
    %(day)s::date,
    scored.completeness,
    scored.consistency,
    scored.validity,
    scored.fresh,
    scored.accuracy,
    least(scored.completeness, scored.consistency, scored.validity, scored.fresh, scored.accuracy),
    (
        select avg(scores.score)
        from (
            values (scored.completeness), (scored.consistency), (scored.validity), (scored.fresh), (scored.accuracy)
        ) as scores (score)
    ),
    scored.offenders,
    scored.compared,
    scored.is_made_up
from scored
order by scored.account
on conflict (account, run_id) do nothing
returning account_quality.account;
