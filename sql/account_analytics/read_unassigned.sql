-- Files of which nobody knows yet whose they are; one row each, with what speaks for an account.
select
    account_exports.export_sha256,
    account_exports.file_name,
    account_exports.folder,
    account_exports.name_handle,
    account_exports.handles,
    account_exports.reason_code,
    account_exports.waits_for,
    account_exports.is_made_up
from account_exports
where
    account_exports.member = ''
    and account_exports.account is null
    and account_exports.state in ('landed', 'raw', 'waiting')
order by account_exports.export_sha256;
