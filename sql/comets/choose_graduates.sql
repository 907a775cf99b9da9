-- Creators of the roster who left the band upwards, whose look-alikes are asked for; one row per creator: whom the day asked
-- about already first, then those closest above the band. Nobody who was asked about in the days before, nor whom a person
-- overruled to be refused. A replay chooses whom the day asked about.
-- Parameters: day date, above bigint (followers), days int, most int, is_replay bool.
with
asked as (
    select
        calls.subject as user_id,
        bool_or(calls.day = %(day)s::date) as is_today
    from generate_series(%(day)s::date - %(days)s::integer, %(day)s::date, interval '1 day') as looked (at)
    cross join lateral (
        -- By key, a day at a time: of most days there are very many other calls.
        select
            calls.day,
            calls.subject
        from api_calls as calls
        where
            calls.day = looked.at::date
            and calls.endpoint = 'similar_users'
            and calls.holds_identity
            and calls.outcome = 'answered'
    ) as calls
    group by calls.subject
)

select
    creators.user_id,
    creators.sec_user_id
from creators
left join asked on creators.user_id = asked.user_id
where
    creators.sec_user_id is not null
    and (
        asked.is_today
        or (
            not %(is_replay)s::boolean
            and asked.user_id is null
            and creators.status = 'active'
            and creators.last_follower_count > %(above)s::bigint
            and exists (
                select from creator_stats as inside
                where inside.user_id = creators.user_id and inside.follower_count <= %(above)s::bigint
            )
            and not exists (
                select from overrules
                where
                    overrules.user_id = creators.user_id
                    and overrules.expected = 'refuse'
                    and overrules.withdrawn_at is null
            )
        )
    )
order by asked.is_today desc nulls last, creators.last_follower_count asc, creators.user_id asc
limit %(most)s::integer;
