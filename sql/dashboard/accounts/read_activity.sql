-- Mean active followers by weekday (1: Monday) and hour, of the eight weeks up to the newest day that is known; one row per
-- weekday and hour. Parameters: account text.
select
    extract(isodow from insights.day)::int as weekday,
    insights.hour::int as hour,
    avg(insights.followers)::double precision as followers,
    count(*) as days,
    max(insights.day) as last_day
from audience_insights as insights
where
    insights.account = %(account)s::text
    and insights.kind = 'active_followers'
    and insights.hour >= 0
    and insights.day > (
        select max(known.day)
        from audience_insights as known
        where known.account = %(account)s::text and known.kind = 'active_followers'
    ) - 56
group by 1, 2
order by 1, 2;
