-- What was answered; one row per answered question. Parameters: accounts text[] (NULL: of all).
select
    account_questions.account,
    account_questions.kind,
    account_questions.subject,
    account_questions.answer
from account_questions
where
    account_questions.answer is not null
    and (
        %(accounts)s::text [] is null
        or account_questions.account is null
        or account_questions.account = any(%(accounts)s::text [])
    );
