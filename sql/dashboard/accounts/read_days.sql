-- The days of an account from `first_day` on, the latest first, each with whether a newer download revised a number of it;
-- one row per day. Parameters: account text, first_day date.
select
    stats.*,
    coalesce(revised.metrics, '{}') as revised
from social_media_stats as stats
left join lateral (
    select array_agg(distinct revisions.metric order by revisions.metric) as metrics
    from account_revisions as revisions
    where revisions.account = stats.account and revisions.day = stats.date and revisions.subject = ''
) as revised on true
where stats.account = %(account)s::text and stats.date >= %(first_day)s::date
order by stats.date desc;
