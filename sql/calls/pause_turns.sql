-- Stops all workers for so many seconds. Parameters: name text, seconds float.
select pause_turns(%(name)s::text, %(seconds)s::float8) as paused_until;
