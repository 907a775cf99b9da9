-- Roster creators that discovery measured today already; one row per creator. Parameters: day date.
select coalesce(creators.handle, creators.user_id) as handle
from creators
inner join creator_stats as stats
    on creators.user_id = stats.user_id and stats.recorded_date = %(day)s::date and not stats.is_estimated
where exists (
    select from verdicts
    where verdicts.day = %(day)s::date and verdicts.user_id = creators.user_id and verdicts.layer = 'accepted'
)
order by handle;
