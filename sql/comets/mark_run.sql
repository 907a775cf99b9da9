-- Notes what the checks found; one row. Parameters: run_id text, coverage numeric or null, measured int, due int (coverage is the
-- one ÷ the other), is_purge_day bool, roster int, failed_checks text[].
update runs
set
    coverage = %(coverage)s::numeric,
    measured = %(measured)s::integer,
    due = %(due)s::integer,
    is_purge_day = %(is_purge_day)s::boolean,
    roster = %(roster)s::integer,
    failed_checks = %(failed_checks)s::text []
where pipeline = 'comets' and run_id = %(run_id)s::text
returning run_id;
