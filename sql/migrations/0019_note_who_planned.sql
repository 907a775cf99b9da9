-- A plan whose run is between two batches is at work, though nobody holds a lease: who made it and when tells it from one that
-- was left behind.

alter table roll_call_batches
add column run_id text,
add column planned_at timestamptz not null default clock_timestamp();
comment on column roll_call_batches.run_id is 'The run that planned the batch; others of the same day join its plan';
