-- Enters a run, or opens it again when it is run again; one row out. Parameters: run_id text, day date, mode text,
-- settings jsonb, max_calls int or null, takes_roll_call bool.
insert into runs as kept (run_id, day, mode, settings, max_calls, discovery_calls)
values (
    %(run_id)s::text,
    %(day)s::date,
    %(mode)s::text,
    %(settings)s::jsonb,
    %(max_calls)s::integer,
    -- The roll call has first claim on the budget: one call for each creator due.
    %(max_calls)s::integer - least(
        %(max_calls)s::integer,
        (
            select count(*)
            from creators
            where
                %(takes_roll_call)s::boolean
                and (creators.first_seen_on is null or creators.first_seen_on <= %(day)s::date)
                and (creators.next_due_on is null or creators.next_due_on <= %(day)s::date)
                and not exists (
                    select from creator_stats as stats
                    where
                        stats.user_id = creators.user_id
                        and stats.recorded_date = %(day)s::date
                        and not stats.is_estimated
                )
                and not exists (
                    select from roll_call_misses as misses
                    where
                        misses.user_id = creators.user_id
                        and misses.day = %(day)s::date
                        and misses.outcome <> 'failed'
                )
        )
    )
)
on conflict (run_id) do update
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
