-- No task of this run calls the API any more. Parameters: run_id text, reason text.
update runs
set stopped_because = %(reason)s::text
where run_id = %(run_id)s::text and stopped_because is null;
