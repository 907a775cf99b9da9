-- Further names of an account; one row. Parameters: account text, aliases text[].
update accounts
set
    aliases = (
        select array_agg(distinct names.name order by names.name)
        from unnest(accounts.aliases || %(aliases)s::text []) as names (name)
    )
where accounts.account = %(account)s::text and cardinality(%(aliases)s::text []) > 0
returning accounts.account;
