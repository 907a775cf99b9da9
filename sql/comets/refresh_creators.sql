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

measured as (
    select
        seen.*,
        stats.follower_count,
        -- Of two that are told the same sec_user_id, at the most one has it; nobody's measurement is lost over it.
        row_number() over (partition by seen.sec_user_id order by seen.user_id) > 1
        or exists (
            select from creators as other
            where other.sec_user_id = seen.sec_user_id and other.user_id <> seen.user_id
        ) as is_taken
    from seen
    left join lateral (
        -- By key, one at a time: a day that is not analysed yet looks empty, and would be read whole for each chunk.
        select known.follower_count
        from creator_stats as known
        where
            known.user_id = seen.user_id
            and known.recorded_date = %(day)s::date
            and not known.is_estimated
        limit 1
    ) as stats on true
)

update creators
set
    sec_user_id = case
        when measured.is_taken then creators.sec_user_id else coalesce(measured.sec_user_id, creators.sec_user_id)
    end,
    handle = measured.handle,
    nickname = measured.nickname,
    avatar_url = measured.avatar_url,
    signature = measured.signature,
    status = measured.status,
    misses_in_row = 0,
    next_due_on = null,
    last_updated_at = measured.seen_at,
    -- A late day teaches nothing that a later one has not taught, and a suspect fall has no snapshot.
    (last_measured_on, last_follower_count, growth_rate, growth_deviation) = (
        select
            case when news.is_any then %(day)s::date else creators.last_measured_on end,
            case when news.is_any then measured.follower_count else creators.last_follower_count end,
            coalesce(growth.growth_rate, creators.growth_rate),
            coalesce(growth.growth_deviation, creators.growth_deviation)
        from (
            select
                measured.follower_count is not null
                and (creators.last_measured_on is null or creators.last_measured_on < %(day)s::date) as is_any
        ) as news
        left join lateral learn_growth(
            creators.growth_rate,
            creators.growth_deviation,
            creators.last_follower_count,
            measured.follower_count,
            greatest(1, %(day)s::date - creators.last_measured_on)
        ) as growth on news.is_any and creators.last_measured_on is not null
    )
from measured
where
    creators.user_id = measured.user_id
    and (creators.last_updated_at is null or creators.last_updated_at < measured.seen_at)
returning creators.user_id;
