-- Who is found by what is searched for; in a `where` about `names`, a row of creator_words. Parameters: exact text or null
-- (NULL: nobody is searched for), prefix text or null (a pattern of LIKE), letters text or null (words that may stand inside
-- others, plain), insides text[] or null (the same as patterns of LIKE), words text or null (words that others begin with).
and (
    %(exact)s::text is null
    or coalesce(names.handle = lower(%(exact)s::text collate ucs_basic), false)
    or coalesce(names.handle like lower(%(prefix)s::text collate ucs_basic), false)
    or (
        coalesce(%(letters)s::text, %(words)s::text) is not null
        and (%(letters)s::text is null or coalesce(names.insides like all(%(insides)s::text []), false))
        and (%(words)s::text is null or coalesce(names.words @@ words_sought(%(words)s::text), false))
    )
)
