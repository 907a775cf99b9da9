-- Creators measured on a day and never before; one row. Parameters: day date.
select count(*) as creators
from creator_stats as stats
where stats.recorded_date = %(day)s::date and not stats.is_estimated and stats.compared_with is null;
