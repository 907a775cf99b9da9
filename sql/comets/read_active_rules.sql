-- The active version of the filters' rules; one row, or none while the shipped rules are in force.
select
    rule_versions.version,
    rule_versions.mapping
from rule_versions
where rule_versions.state = 'active';
