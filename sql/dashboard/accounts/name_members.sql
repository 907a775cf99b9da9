-- What reports are called, and the file each came in; one row per report. Parameters: sums text[].
select distinct on (exports.member_sha256)
    exports.member_sha256,
    exports.member,
    exports.family,
    exports.file_name
from account_exports as exports
where exports.member_sha256 = any(%(sums)s::text []) and exports.member <> ''
order by exports.member_sha256, exports.state <> 'staged', exports.landed_at, exports.export_sha256, exports.member;
