-- A report waits for an answer; one row. Parameters: export_sha256 text, member text, reason text, reason_code text,
-- waits_for text.
update account_exports
set
    state = 'waiting',
    reason = %(reason)s::text,
    reason_code = %(reason_code)s::text,
    waits_for = %(waits_for)s::text
where account_exports.export_sha256 = %(export_sha256)s::text and account_exports.member = %(member)s::text
returning account_exports.export_sha256;
