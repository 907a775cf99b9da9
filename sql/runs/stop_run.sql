-- No task of this run calls the API any more. Parameters: pipeline text, run_id text, reason text.
update runs
set stopped_because = %(reason)s::text
where pipeline = %(pipeline)s::text and run_id = %(run_id)s::text and stopped_because is null;
