-- What each version of the rules that was in force says of faces; one row per version.
select
    rule_versions.version,
    rule_versions.mapping -> 'face' as face
from rule_versions
where rule_versions.state <> 'draft';
