-- Creators whose contacts were never read, with the profile they were last seen with where it is still stored; one row per
-- creator, in the order of their ids. Parameters: after text (an id), most int.
select
    creators.user_id,
    creators.signature,
    creators.last_updated_at,
    profiles.answer
from creators
left join lateral (
    -- A run's day may end some hours after midnight.
    select calls.answer
    from api_calls as calls
    where
        calls.day between (creators.last_updated_at at time zone 'utc')::date - 1
        and (creators.last_updated_at at time zone 'utc')::date
        and calls.endpoint = 'user_profile'
        and calls.subject = creators.user_id
        and calls.holds_identity
        and calls.answered_at = creators.last_updated_at
        and calls.answer is not null
    limit 1
) as profiles on true
where
    not creators.has_contacts_read
    and creators.last_updated_at is not null
    and creators.user_id > %(after)s::text
order by creators.user_id
limit %(most)s::integer;
