-- Accounts whose last complete day is older than a day; one row each, the oldest first. Parameters: before date, most int.
select
    stats.account,
    max(stats.date) as last_day
from social_media_stats as stats
where not stats.is_provisional and stats.overview_member is not null
group by stats.account
having max(stats.date) < %(before)s::date
order by max(stats.date), stats.account
limit %(most)s::int;
