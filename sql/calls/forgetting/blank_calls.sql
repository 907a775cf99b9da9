-- Takes a person out of a day's calls. The bill stays: what was paid stays true. A call under way is given up.
-- One row with the numbers of calls about them and of calls naming them.
-- Parameters: day date, subjects text[] (lower case), words text[] (as they are spelled), blanks text[] (parallel to words),
-- needles text[] (patterns of like, lower case), expression text, blank text.
with
marked as (
    select
        calls.day,
        calls.call_id,
        calls.outcome = 'calling' as is_open,
        lower(calls.subject collate ucs_basic) = any(%(subjects)s::text [])
        or (
            calls.endpoint = 'user_profile'
            and lower(calls.subject collate ucs_basic) like any(%(needles)s::text [])
            and calls.subject collate ucs_basic ~* %(expression)s::text
        ) as is_about,
        coalesce(
            lower(calls.error collate ucs_basic) like any(%(needles)s::text [])
            and calls.error collate ucs_basic ~* %(expression)s::text,
            false
        ) as has_error,
        spelled.blank as keyword_blank,
        searched.word as subject_word,
        searched.blank as subject_blank
    from api_calls as calls
    left join unnest(%(words)s::text [], %(blanks)s::text []) as spelled (word, blank)
        on calls.keyword = spelled.word
    left join unnest(%(words)s::text [], %(blanks)s::text []) as searched (word, blank)
        on split_part(substring(calls.subject from '^keyword=(.*)$'), '&', 1) = searched.word
    where calls.day = %(day)s::date
),

given_up as (
    delete from api_calls as calls
    using marked
    where calls.day = marked.day and calls.call_id = marked.call_id and marked.is_about and marked.is_open
    returning calls.call_id
),

about as (
    update api_calls as calls
    set
        subject = %(blank)s::text,
        holds_identity = false,
        answer = null,
        error = null,
        keyword = coalesce(marked.keyword_blank, calls.keyword)
    from marked
    where calls.day = marked.day and calls.call_id = marked.call_id and marked.is_about and not marked.is_open
    returning calls.call_id
),

named as (
    update api_calls as calls
    set
        error = case
            when marked.has_error then regexp_replace(calls.error collate ucs_basic, %(expression)s::text, %(blank)s::text, 'gi')
            else calls.error
        end,
        keyword = coalesce(marked.keyword_blank, calls.keyword),
        subject = case
            when marked.subject_blank is not null
                then 'keyword=' || marked.subject_blank
                    || substring(calls.subject from length('keyword=' || marked.subject_word) + 1)
            else calls.subject
        end
    from marked
    where
        calls.day = marked.day
        and calls.call_id = marked.call_id
        and not marked.is_about
        and (marked.has_error or marked.keyword_blank is not null or marked.subject_blank is not null)
    returning calls.call_id
)

select
    (select count(*) from given_up) + (select count(*) from about) as calls,
    (select count(*) from named) as calls_naming;
