-- Files of a person's own accounts, in the lake and in the drop folder, and those that an erasure has noted and not removed yet;
-- one row each, those of the drop folder with how they looked. Parameters: handles text[] (lower case).
with
files as (
    select
        account_exports.export_sha256,
        account_exports.landing_key,
        account_exports.raw_key
    from account_exports
    where account_exports.export_sha256 in (
        select named.export_sha256
        from exports_of(%(handles)s::text []) as named (export_sha256)
    )
),

dropped as (
    select account_drop_files.*
    from account_drop_files
    where account_drop_files.export_sha256 in (select files.export_sha256 from files)
)

select
    'lake' as place,
    keys.name,
    null::bigint as size_bytes,
    null::bigint as mtime_ns
from (
    select files.landing_key as name from files
    union
    select files.landing_key || '.reason.json' from files where files.landing_key like 'landing/quarantine/%%'
    union
    select files.raw_key from files
    union
    select dropped.archive_key from dropped
) as keys
where keys.name <> ''
union
select
    'drop',
    dropped.drop_path,
    dropped.size_bytes,
    dropped.mtime_ns
from dropped
where dropped.archive_key is null
union
select
    noted.place,
    noted.name,
    noted.size_bytes,
    noted.mtime_ns
from account_files_to_remove as noted
order by 1, 2;
