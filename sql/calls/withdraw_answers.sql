-- Lets stored answers of a day stand for their requests no longer, so that these are asked again; the bill stays; one row out
-- per answer. Parameters: day date, endpoint text, subjects text[], outcome text (what they turned out to be, or null).
update api_calls
set
    holds_identity = false,
    outcome = coalesce(%(outcome)s::text, outcome),
    answer = null
where
    day = %(day)s::date
    and endpoint = %(endpoint)s::text
    and subject = any(%(subjects)s::text [])
    and holds_identity
    and outcome <> 'calling'
returning subject;
