-- Refreshes creators of the roster from their profiles; one row out per creator changed. Never enters one: who was erased
-- meanwhile stays erased. Parameters: day date, and arrays of the same length: user_ids, sec_user_ids, handles, nicknames,
-- avatar_urls, signatures, statuses, seen_at.
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
)

update creators
set
    sec_user_id = coalesce(creators.sec_user_id, seen.sec_user_id),
    handle = seen.handle,
    nickname = seen.nickname,
    avatar_url = seen.avatar_url,
    signature = seen.signature,
    status = seen.status,
    misses_in_row = 0,
    next_due_on = null,
    last_updated_at = seen.seen_at
from seen
where
    creators.user_id = seen.user_id
    and (creators.last_updated_at is null or creators.last_updated_at < seen.seen_at)
returning creators.user_id;
