-- Notes what came of files and reports at a step of a run; of a step done again the last counts; no rows out.
-- Parameters: outcomes jsonb (an array of rows of account_outcomes).
insert into account_outcomes as kept (
    run_id, step, export_sha256, member, file_name, account, taken_for, result, reason, rows_in, rows_out, rows_refused,
    started_at, ended_at
)
select
    given.run_id,
    given.step,
    given.export_sha256,
    given.member,
    given.file_name,
    given.account,
    given.taken_for,
    given.result,
    given.reason,
    given.rows_in,
    given.rows_out,
    given.rows_refused,
    given.started_at,
    clock_timestamp()
from jsonb_populate_recordset(null::account_outcomes, %(outcomes)s::jsonb) as given
order by given.step, given.export_sha256, given.member
on conflict (run_id, step, export_sha256, member) do update
    set
        file_name = excluded.file_name,
        account = excluded.account,
        taken_for = excluded.taken_for,
        result = excluded.result,
        reason = excluded.reason,
        rows_in = excluded.rows_in,
        rows_out = excluded.rows_out,
        rows_refused = excluded.rows_refused,
        started_at = excluded.started_at,
        ended_at = excluded.ended_at;
