-- Lines of raw that no report needs any more; one row each.
select
    account_exports.export_sha256,
    account_exports.member,
    account_exports.raw_key
from account_exports
where account_exports.state = 'duplicate' and account_exports.raw_key is not null
order by account_exports.raw_key;
