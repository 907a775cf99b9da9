-- Ends the active version of the rules, if there is one; one row or none.
update rule_versions
set state = 'retired'
where state = 'active'
returning version;
