-- Keeps a copy of the shipped rules the first time they are used; one row: what is kept under their version.
-- Parameters: version text, mapping jsonb.
with added as (
    insert into rule_versions (version, mapping, state, made_by, activated_at, activated_by, is_shipped)
    values (
        %(version)s::text, %(mapping)s::jsonb, 'retired', 'Cometwatch', now(), 'Cometwatch', true
    )
    on conflict (version) do nothing
    returning rule_versions.mapping
)

select added.mapping
from added
union all
select rule_versions.mapping
from rule_versions
where rule_versions.version = %(version)s::text;
