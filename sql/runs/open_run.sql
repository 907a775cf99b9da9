-- Enters a run, or opens it again when it is run again; one row out. Parameters: pipeline text, run_id text, day date, mode text,
-- settings jsonb, max_calls int or null, discovery_calls int or null (the part of these that discovery may make).
insert into runs as kept (pipeline, run_id, day, mode, settings, max_calls, discovery_calls)
values (
    %(pipeline)s::text,
    %(run_id)s::text,
    %(day)s::date,
    %(mode)s::text,
    %(settings)s::jsonb,
    %(max_calls)s::integer,
    %(discovery_calls)s::integer
)
on conflict (pipeline, run_id) do update
    set
        mode = excluded.mode,
        settings = excluded.settings,
        max_calls = excluded.max_calls,
        discovery_calls = excluded.discovery_calls,
        calls_made = 0,
        stopped_because = null,
        failed_tasks = '{}',
        failed_checks = '{}',
        state = 'running',
        finished_at = null
returning kept.run_id, kept.max_calls, kept.discovery_calls;
