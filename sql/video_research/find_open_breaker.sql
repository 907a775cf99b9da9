-- The run's breaker if it is open: one row, or none while downloads go on. Parameters: run_id text.
select
    refused_in_a_row,
    opened_at
from research_breakers
where run_id = %(run_id)s::text and opened_at is not null;
