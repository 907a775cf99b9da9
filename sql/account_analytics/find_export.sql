-- What became of a file of these bytes; one row if it was ever seen. Parameters: export_sha256 text.
select
    account_exports.state,
    account_exports.reason
from account_exports
where account_exports.export_sha256 = %(export_sha256)s::text and account_exports.member = '';
