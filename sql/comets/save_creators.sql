-- Enters accepted creators into the roster or refreshes them; one row out per creator entered or changed. Parameters: day date,
-- keyword text, and arrays of the same length: user_ids, sec_user_ids, handles, nicknames, avatar_urls, signatures, seen_at.
with
seen as (
    select distinct on (given.user_id) given.*
    from unnest(
        %(user_ids)s::text [],
        %(sec_user_ids)s::text [],
        %(handles)s::text [],
        %(nicknames)s::text [],
        %(avatar_urls)s::text [],
        %(signatures)s::text [],
        %(seen_at)s::timestamptz []
    ) as given (user_id, sec_user_id, handle, nickname, avatar_url, signature, seen_at)
    order by given.user_id, given.seen_at
),

identified as (
    -- Of two that are told the same sec_user_id, at the most one has it; nobody stays out over it.
    select
        seen.user_id,
        case
            when
                row_number() over (partition by seen.sec_user_id order by seen.user_id) = 1
                and not exists (
                    select from creators as other
                    where other.sec_user_id = seen.sec_user_id and other.user_id <> seen.user_id
                )
                then seen.sec_user_id
        end as sec_user_id
    from seen
),

handles as (
    insert into handle_history (user_id, handle, seen_from)
    select
        seen.user_id,
        seen.handle,
        %(day)s::date
    from seen
    left join creators on seen.user_id = creators.user_id
    where
        creators.user_id is null
        or (
            creators.handle is distinct from seen.handle
            and (creators.last_updated_at is null or creators.last_updated_at < seen.seen_at)
        )
    on conflict do nothing
)

insert into creators as kept (
    user_id, sec_user_id, handle, nickname, avatar_url, signature, last_updated_at, first_seen_on, first_seen_keyword
)
select
    seen.user_id,
    identified.sec_user_id,
    seen.handle,
    seen.nickname,
    seen.avatar_url,
    seen.signature,
    seen.seen_at,
    %(day)s::date,
    %(keyword)s::text
from seen
inner join identified on seen.user_id = identified.user_id
order by seen.user_id
on conflict (user_id) do update
    set
        sec_user_id = case
            when kept.last_updated_at > excluded.last_updated_at then coalesce(kept.sec_user_id, excluded.sec_user_id)
            else coalesce(excluded.sec_user_id, kept.sec_user_id)
        end,
        handle = case when kept.last_updated_at > excluded.last_updated_at then kept.handle else excluded.handle end,
        nickname = case when kept.last_updated_at > excluded.last_updated_at then kept.nickname else excluded.nickname end,
        avatar_url = case
            when kept.last_updated_at > excluded.last_updated_at then kept.avatar_url else excluded.avatar_url
        end,
        signature = case
            when kept.last_updated_at > excluded.last_updated_at then kept.signature else excluded.signature
        end,
        last_updated_at = greatest(kept.last_updated_at, excluded.last_updated_at),
        status = case when kept.last_updated_at > excluded.last_updated_at then kept.status else 'active' end,
        misses_in_row = case when kept.last_updated_at > excluded.last_updated_at then kept.misses_in_row else 0 end,
        next_due_on = case when kept.last_updated_at > excluded.last_updated_at then kept.next_due_on end,
        -- A late day can be the first one after all.
        first_seen_on = least(kept.first_seen_on, excluded.first_seen_on),
        first_seen_keyword = case
            when kept.first_seen_on is null or excluded.first_seen_on < kept.first_seen_on
                then excluded.first_seen_keyword
            else kept.first_seen_keyword
        end
    where
        kept.last_updated_at is null
        or kept.last_updated_at < excluded.last_updated_at
        or kept.first_seen_on is null
        or kept.first_seen_on > excluded.first_seen_on
returning kept.user_id;
