-- Deletes a draft; one row, or none when it is no draft. Parameters: version text.
delete from rule_versions
where
    version = %(version)s::text
    and state = 'draft'
returning version;
