-- Versions of the rules whose note or word lists may name a person; one row each.
-- Parameters: needles text[] (patterns of like, lower case).
select
    versions.version,
    versions.mapping,
    versions.note
from rule_versions as versions
where lower(concat_ws(' ', versions.mapping::text, versions.note) collate ucs_basic) like any(%(needles)s::text [])
order by versions.version;
