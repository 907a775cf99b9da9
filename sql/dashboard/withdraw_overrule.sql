-- Withdraws an overrule in force; one row, or none. Parameters: overrule_id bigint, withdrawn_by text.
update overrules
set
    withdrawn_at = clock_timestamp(),
    withdrawn_by = %(withdrawn_by)s::text
where
    overrule_id = %(overrule_id)s::bigint
    and withdrawn_at is null
returning overrule_id;
