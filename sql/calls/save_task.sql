-- What a task's last try knows of itself; one row out. Parameters: pipeline text, run_id text, task_id text, map_index int,
-- answered_from_ledger int, seconds_waiting float.
insert into run_tasks as kept (pipeline, run_id, task_id, map_index, answered_from_ledger, seconds_waiting)
values (
    %(pipeline)s::text,
    %(run_id)s::text,
    %(task_id)s::text,
    %(map_index)s::integer,
    %(answered_from_ledger)s::integer,
    %(seconds_waiting)s::float8
)
on conflict (pipeline, run_id, task_id, map_index) do update
    set
        answered_from_ledger = excluded.answered_from_ledger,
        seconds_waiting = excluded.seconds_waiting,
        finished_at = now()
returning kept.run_id;
