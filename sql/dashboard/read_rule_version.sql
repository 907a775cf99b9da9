-- One version of the filters' rules with its contents; one row or none. Parameters: version text.
select
    rule_versions.version,
    rule_versions.mapping,
    rule_versions.state,
    rule_versions.based_on,
    rule_versions.note,
    rule_versions.made_at,
    rule_versions.made_by,
    rule_versions.activated_at,
    rule_versions.activated_by,
    rule_versions.is_shipped
from rule_versions
where rule_versions.version = %(version)s::text;
