-- Lets stored answers of a day stand for their requests no longer, so that these are asked again; the bill stays; one row out
-- per answer. Parameters: day date, endpoint text, subjects text[].
update api_calls
set
    holds_identity = false,
    answer = null
where
    day = %(day)s::date
    and endpoint = %(endpoint)s::text
    and subject = any(%(subjects)s::text [])
    and holds_identity
    and outcome <> 'calling'
returning subject;
