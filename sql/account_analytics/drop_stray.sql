-- A report whose lines of raw are removed; one row. Parameters: export_sha256 text, member text.
update account_exports
set raw_key = null
where
    account_exports.export_sha256 = %(export_sha256)s::text
    and account_exports.member = %(member)s::text
    and account_exports.state = 'duplicate'
returning account_exports.export_sha256;
