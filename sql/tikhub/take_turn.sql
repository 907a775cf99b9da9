-- One turn of the shared rate limit, in a statement of its own. Parameters: name text, run_id text, max_wait float,
-- for_discovery bool.
select
    turn.granted,
    turn.wait_seconds,
    turn.refusal
from take_turn(%(name)s::text, %(run_id)s::text, %(max_wait)s::float8, %(for_discovery)s::boolean) as turn;
