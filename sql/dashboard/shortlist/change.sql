-- Changes what the team says of a creator, and keeps the change; one row, or none: somebody changed it since `version` was read
-- (0: nothing was said yet), the same is said already, or the creator is not on the roster. Parameters: user_id text, version
-- int, status text or null, note text, tags text[], changed_by text.
with
-- Whoever comes second waits here, and then sees the version that the first one made.
before as (
    select kept.*
    from shortlist as kept
    where kept.user_id = %(user_id)s::text
    for update
),

wanted as (
    select
        %(status)s::text as status,
        %(note)s::text as note,
        %(tags)s::text [] as tags
),

changed as (
    insert into shortlist as kept (user_id, status, note, tags, changed_by)
    select
        creators.user_id,
        wanted.status,
        wanted.note,
        wanted.tags,
        %(changed_by)s::text
    from creators
    cross join wanted
    left join before on creators.user_id = before.user_id
    where
        creators.user_id = %(user_id)s::text
        and coalesce(before.version, 0) = %(version)s::integer
        and (wanted.status is not null or wanted.note <> '' or cardinality(wanted.tags) > 0 or before.version is not null)
        and (wanted.status, wanted.note, wanted.tags) is distinct from (before.status, before.note, before.tags)
    on conflict (user_id) do update set
        status = excluded.status,
        note = excluded.note,
        tags = excluded.tags,
        version = kept.version + 1,
        changed_by = excluded.changed_by,
        changed_at = clock_timestamp()
    where kept.version = %(version)s::integer
    returning kept.*
)

insert into shortlist_events (
    user_id, version, made_at, made_by, old_status, status, old_note, note, old_tags, tags
)
select
    changed.user_id,
    changed.version,
    changed.changed_at,
    changed.changed_by,
    before.status as old_status,
    changed.status,
    coalesce(before.note, '') as old_note,
    changed.note,
    coalesce(before.tags, '{}') as old_tags,
    changed.tags
from changed
left join before on changed.user_id = before.user_id
returning version;
