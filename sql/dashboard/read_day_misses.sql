-- Why creators that were looked for on a day were not measured; one row per outcome and reason, the ten most frequent reasons.
-- Parameters: day date.
with
reasons as (
    select
        texts.outcome,
        kinds.reason,
        sum(texts.creators)::integer as creators
    from (
        select
            misses.outcome,
            misses.reason,
            count(*) as creators
        from roll_call_misses as misses
        where misses.day = %(day)s::date
        group by misses.outcome, misses.reason
    ) as texts
    cross join lateral (
        -- What differs from creator to creator (handles, days, counts, seconds) would make each reason its own; a status says
        -- which failure it was: HTTP 503, status_code 10221, or three digits in brackets.
        select regexp_replace(
            texts.reason,
            '@[^[:space:]]+'
            || '|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+Z?)?'
            || '|(?<![0-9,.])(?<!(http|status|code)( code)?[ :=]{1,2})(?!(?<=\()[0-9]{3}\))[0-9][0-9,.]*',
            '…', 'gi'
        ) as reason
    ) as kinds
    group by texts.outcome, kinds.reason
)

select
    reasons.outcome,
    reasons.reason,
    reasons.creators
from reasons
order by reasons.creators desc, reasons.outcome, reasons.reason
limit 10;
