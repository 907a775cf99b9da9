-- One version of the filters' rules that was in force; one row or none. Parameters: version text.
select rule_versions.mapping
from rule_versions
where
    rule_versions.version = %(version)s::text
    and rule_versions.state <> 'draft';
