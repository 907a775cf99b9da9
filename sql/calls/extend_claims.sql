-- Keeps an owner's claims alive while its calls wait for their turn; one row per claim. Parameters: day date, owner text,
-- seconds float.
update api_calls
set claimed_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8)
where
    day = %(day)s::date
    and owner = %(owner)s::text
    and holds_identity
    and outcome = 'calling';
