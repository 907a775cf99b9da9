-- Why creators that were looked for on a day were not measured; one row per outcome and reason, the ten most frequent reasons.
-- Parameters: day date.
with
reasons as (
    select
        misses.outcome,
        -- What differs from creator to creator (ids, counts, seconds) would make each reason its own.
        regexp_replace(misses.reason, '@[^[:space:]]+|[0-9][0-9,.]*', '…', 'g') as reason,
        count(*) as creators
    from roll_call_misses as misses
    where misses.day = %(day)s::date
    group by misses.outcome, regexp_replace(misses.reason, '@[^[:space:]]+|[0-9][0-9,.]*', '…', 'g')
)

select
    reasons.outcome,
    reasons.reason,
    reasons.creators
from reasons
order by reasons.creators desc, reasons.outcome, reasons.reason
limit 10;
