-- Gives back claims for which no call was made. Parameters: day date, endpoint text, owner text, subjects text[].
delete from api_calls
where
    day = %(day)s::date
    and endpoint = %(endpoint)s::text
    and owner = %(owner)s::text
    and subject = any(%(subjects)s::text [])
    and holds_identity
    and outcome = 'calling';
