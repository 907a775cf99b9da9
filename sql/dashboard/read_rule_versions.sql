-- Versions of the filters' rules without their contents, the newest first; one row per version. Parameters: most int.
select
    rule_versions.version,
    rule_versions.state,
    rule_versions.based_on,
    rule_versions.note,
    rule_versions.made_at,
    rule_versions.made_by,
    rule_versions.activated_at,
    rule_versions.activated_by,
    rule_versions.is_shipped
from rule_versions
order by rule_versions.made_at desc, rule_versions.version desc
limit %(most)s::integer;
