-- Makes a draft the active version; one row, or none when it is no draft. Parameters: version text, note text, made_by text.
update rule_versions
set
    state = 'active',
    note = %(note)s::text,
    activated_at = now(),
    activated_by = %(made_by)s::text
where
    version = %(version)s::text
    and state = 'draft'
returning version;
