-- Removes an account that became part of another one, with what was computed of it; its staged files are noted to be removed. One
-- row per file. Parameters: account text, keys text[] (of its staged files).
with
removed as (
    delete from accounts
    where accounts.account = %(account)s::text
    returning accounts.account
)

insert into account_files_to_remove (place, name)
select
    'lake',
    keys.name
from removed
cross join unnest(%(keys)s::text []) as keys (name)
on conflict (place, name) do nothing
returning account_files_to_remove.name;
