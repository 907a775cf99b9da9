-- Refreshes creators of the roster from their profiles, and what the day's snapshots (stored before) taught about their growth;
-- one row out per creator changed. Never enters one: who was erased meanwhile stays erased. Parameters: day date, and arrays of
-- the same length: user_ids, sec_user_ids, handles, nicknames, avatar_urls, signatures, statuses, seen_at.
with
seen as (
    select given.*
    from unnest(
        %(user_ids)s::text [],
        %(sec_user_ids)s::text [],
        %(handles)s::text [],
        %(nicknames)s::text [],
        %(avatar_urls)s::text [],
        %(signatures)s::text [],
        %(statuses)s::text [],
        %(seen_at)s::timestamptz []
    ) as given (user_id, sec_user_id, handle, nickname, avatar_url, signature, status, seen_at)
),

handles as (
    insert into handle_history (user_id, handle, seen_from)
    select
        seen.user_id,
        seen.handle,
        %(day)s::date
    from seen
    inner join creators on seen.user_id = creators.user_id
    where
        creators.handle is distinct from seen.handle
        and (creators.last_updated_at is null or creators.last_updated_at < seen.seen_at)
    on conflict do nothing
),

learned as (
    -- A late day teaches nothing that a later one has not taught, and a suspect fall has no snapshot.
    select
        seen.*,
        stats.user_id is not null as is_measured,
        stats.follower_count,
        growth.growth_rate,
        growth.growth_deviation
    from seen
    inner join creators on seen.user_id = creators.user_id
    left join lateral (
        -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
        select
            known.user_id,
            known.follower_count
        from creator_stats as known
        where
            known.user_id = seen.user_id
            and known.recorded_date = %(day)s::date
            and not known.is_estimated
            and (creators.last_measured_on is null or creators.last_measured_on < %(day)s::date)
        limit 1
    ) as stats on true
    left join lateral learn_growth(
        creators.growth_rate,
        creators.growth_deviation,
        creators.last_follower_count,
        stats.follower_count,
        greatest(1, %(day)s::date - creators.last_measured_on)
    ) as growth on stats.user_id is not null and creators.last_measured_on is not null
)

update creators
set
    sec_user_id = coalesce(creators.sec_user_id, learned.sec_user_id),
    handle = learned.handle,
    nickname = learned.nickname,
    avatar_url = learned.avatar_url,
    signature = learned.signature,
    status = learned.status,
    misses_in_row = 0,
    next_due_on = null,
    last_updated_at = learned.seen_at,
    last_measured_on = case when learned.is_measured then %(day)s::date else creators.last_measured_on end,
    last_follower_count = coalesce(learned.follower_count, creators.last_follower_count),
    growth_rate = coalesce(learned.growth_rate, creators.growth_rate),
    growth_deviation = coalesce(learned.growth_deviation, creators.growth_deviation)
from learned
where
    creators.user_id = learned.user_id
    and (creators.last_updated_at is null or creators.last_updated_at < learned.seen_at)
returning creators.user_id;
