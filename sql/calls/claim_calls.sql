-- Claims requests of a day for one owner; one row out per subject: claimed (call now), busy (somebody else is calling) or
-- answered (with the stored answer). Parameters: day date, endpoint text, subjects text[], owner text, seconds float,
-- pipeline text, run_id text, task_id text, map_index int, keyword text.
with
wanted as (
    select distinct given.subject
    from unnest(%(subjects)s::text []) as given (subject)
),

claimed as (
    insert into api_calls as calls (
        day, endpoint, subject, outcome, owner, claimed_until, pipeline, run_id, task_id, map_index, keyword
    )
    select
        %(day)s::date,
        %(endpoint)s::text,
        wanted.subject,
        'calling',
        %(owner)s::text,
        clock_timestamp() + make_interval(secs => %(seconds)s::float8),
        %(pipeline)s::text,
        %(run_id)s::text,
        %(task_id)s::text,
        %(map_index)s::integer,
        %(keyword)s::text
    from wanted
    order by wanted.subject
    on conflict (day, endpoint, subject) where holds_identity do update
        -- Another caller died in the middle: its call is counted as lost, and made again.
        set
            owner = excluded.owner,
            claimed_until = excluded.claimed_until,
            lost_calls = calls.lost_calls + (calls.owner <> excluded.owner)::integer,
            pipeline = excluded.pipeline,
            run_id = excluded.run_id,
            task_id = excluded.task_id,
            map_index = excluded.map_index,
            called_at = clock_timestamp()
        where calls.outcome = 'calling' and (calls.claimed_until < clock_timestamp() or calls.owner = excluded.owner)
    returning calls.subject
)

select
    wanted.subject,
    case
        when claimed.subject is not null then 'claimed'
        when known.outcome is null or known.outcome = 'calling' then 'busy'
        else 'answered'
    end as state,
    known.outcome,
    known.answered_at,
    known.answer
from wanted
left join claimed on wanted.subject = claimed.subject
left join lateral (
    -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
    select
        calls.outcome,
        calls.answered_at,
        calls.answer
    from api_calls as calls
    where
        calls.day = %(day)s::date
        and calls.endpoint = %(endpoint)s::text
        and calls.subject = wanted.subject
        and calls.holds_identity
    limit 1
) as known on true
order by wanted.subject;
