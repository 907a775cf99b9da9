-- One turn of the shared rate limit, in a statement of its own, and the clock of the server. Parameters: name text,
-- pipeline text, run_id text, max_wait float, for_discovery bool.
select
    turn.granted,
    turn.wait_seconds,
    turn.refusal,
    extract(epoch from clock_timestamp())::float8 as server_seconds
from take_turn(
    %(name)s::text, %(pipeline)s::text, %(run_id)s::text, %(max_wait)s::float8, %(for_discovery)s::boolean
) as turn;
