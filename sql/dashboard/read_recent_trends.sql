-- The trends of the 14 days up to a day, those seen last and ranked best first; one row per keyword. Parameters: day date.
select recent.trend_keyword
from daily_trends as recent
where recent.discovered_at > %(day)s::date - 14 and recent.discovered_at <= %(day)s::date
group by recent.trend_keyword
order by max(recent.discovered_at) desc, min(recent.rank) asc nulls last, recent.trend_keyword asc
limit 200;
