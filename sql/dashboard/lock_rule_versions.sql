-- Waits until nobody else changes versions of the rules, and keeps others waiting until this transaction ends; one row.
select pg_advisory_xact_lock(hashtext('cometwatch rule_versions'));
