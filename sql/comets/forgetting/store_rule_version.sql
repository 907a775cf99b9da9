-- Writes note and word lists of a version of the rules anew, which erasure alone may; one row out.
-- Parameters: version text, mapping jsonb, note text.
update rule_versions
set
    mapping = %(mapping)s::jsonb,
    note = left(%(note)s::text, 2000)
where
    version = %(version)s::text
    and set_config('cometwatch.erasing', 'on', true) = 'on'
returning version;
