-- Search words in the ledger that are a person's name or hold a mention of them, as they are spelled; one row per spelling.
-- Parameters: words text[] (lower case), needles text[] (patterns of like, lower case), expression text.
with
used as (
    select sums.keyword as word
    from call_summaries as sums
    union
    select calls.keyword
    from api_calls as calls
    where calls.keyword is not null
    union
    -- As it stands in a request, where some signs are escaped, and a hashtag has none.
    select split_part(substring(calls.subject from '^keyword=(.*)$'), '&', 1)
    from api_calls as calls
    where calls.subject like 'keyword=%%'
)

select
    used.word,
    lower(used.word collate ucs_basic) as lower_word
from used
where
    lower(used.word collate ucs_basic) = any(%(words)s::text [])
    or (lower(used.word collate ucs_basic) like any(%(needles)s::text []) and used.word collate ucs_basic ~* %(expression)s::text)
order by used.word;
