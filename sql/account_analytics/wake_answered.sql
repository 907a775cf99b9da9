-- Reports whose question about their header is answered are read again, and keep what it was about; one row each.
update account_exports
set
    state = 'landed',
    reason = null,
    reason_code = null
from account_questions
where
    account_exports.member <> ''
    and account_exports.state = 'waiting'
    and account_exports.reason_code in ('unknown_header', 'reach')
    and account_questions.kind = account_exports.reason_code
    and account_questions.subject = account_exports.waits_for
    and account_questions.answer is not null
returning account_exports.export_sha256;
