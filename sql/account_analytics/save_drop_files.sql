-- Notes how files of the drop folder look; no rows out. Parameters: files jsonb (drop_path, size_bytes, mtime_ns, export_sha256).
insert into account_drop_files as kept (drop_path, size_bytes, mtime_ns, export_sha256)
select
    given.drop_path,
    given.size_bytes,
    given.mtime_ns,
    given.export_sha256
from jsonb_populate_recordset(null::account_drop_files, %(files)s::jsonb) as given
order by given.drop_path
on conflict (drop_path) do update
    set
        size_bytes = excluded.size_bytes,
        mtime_ns = excluded.mtime_ns,
        export_sha256 = excluded.export_sha256,
        seen_at = clock_timestamp(),
        archive_key = null;
