-- How many of those looked at on a day were not shown any more; one row. vanished: those of them whom the look before had
-- measured, and whom nobody believes to be gone. Parameters: day date.
with
measured as (
    select count(*) as creators
    from creator_stats as stats
    where stats.recorded_date = %(day)s::date and not stats.is_estimated
)

select
    measured.creators as measured,
    measured.creators + count(missed.is_doubted) as looked_at,
    count(*) filter (where missed.is_doubted or missed.is_absent) as absent,
    count(*) filter (where missed.is_doubted or (missed.is_absent and missed.was_shown)) as vanished
from measured
left join absences_on(%(day)s::date) as missed on true
group by measured.creators;
