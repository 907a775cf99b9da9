-- Takes back that creators vanished on a day; one row out per creator. It is a failed look, and where it was news, they are as
-- they were before. With is_everybody also of those whom the look before had not measured. Parameters: day date,
-- is_everybody bool.
with
absent as (
    select
        missed.user_id,
        missed.is_news
    from absences_on(%(day)s::date) as missed
    where missed.is_absent and (%(is_everybody)s::boolean or missed.was_shown)
),

unmarked as (
    update creators
    set
        status = 'active',
        misses_in_row = 0,
        last_missed_on = null,
        next_due_on = null
    from absent
    where absent.is_news and creators.user_id = absent.user_id and creators.last_missed_on = %(day)s::date
)

update roll_call_misses as misses
set
    outcome = 'failed',
    is_doubted = true,
    reason = misses.reason || ': not believed, as so many others answered the same'
from absent
where misses.user_id = absent.user_id and misses.day = %(day)s::date
returning misses.user_id;
