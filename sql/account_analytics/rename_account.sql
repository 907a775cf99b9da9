-- An account has another handle now, and may keep names and the zone of what becomes part of it; one row.
-- Parameters: account text, handle text, other text (the account that becomes part of it; NULL: none).
update accounts
set
    handle = %(handle)s::text,
    aliases = (
        select coalesce(array_agg(distinct names.name order by names.name), '{}')
        from (
            select unnest(accounts.aliases || array[lower(accounts.handle collate ucs_basic), %(handle)s::text]) as name
            union all
            select unnest(others.aliases || array[lower(others.handle collate ucs_basic), others.account]) as name
            from accounts as others
            where others.account = %(other)s::text
        ) as names
        where names.name <> accounts.account
    ),
    time_zone = coalesce(
        accounts.time_zone,
        (select others.time_zone from accounts as others where others.account = %(other)s::text)
    ),
    suggested_time_zone = coalesce(
        accounts.suggested_time_zone,
        (select others.suggested_time_zone from accounts as others where others.account = %(other)s::text)
    )
where accounts.account = %(account)s::text
returning accounts.account;
