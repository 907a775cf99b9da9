-- Keeps a copy of the shipped rules the first time they are used; one row: whether what is kept is the same as what is given. A
-- copy of before a section existed says of it what is given. Parameters: version text, mapping jsonb.
with added as (
    insert into rule_versions (version, mapping, state, made_by, activated_at, activated_by, is_shipped)
    values (
        %(version)s::text, %(mapping)s::jsonb, 'retired', 'Cometwatch', now(), 'Cometwatch', true
    )
    on conflict (version) do nothing
    returning rule_versions.mapping
)

select coalesce(bool_and(%(mapping)s::jsonb || kept.mapping = %(mapping)s::jsonb), true) as is_the_same
from (
    select added.mapping
    from added
    union all
    select rule_versions.mapping
    from rule_versions
    where rule_versions.version = %(version)s::text
) as kept;
