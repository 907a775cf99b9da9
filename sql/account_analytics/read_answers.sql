-- What was answered; one row per answered question. Parameters: account text (NULL: of all).
select
    account_questions.kind,
    account_questions.subject,
    account_questions.answer
from account_questions
where
    account_questions.answer is not null
    and (%(account)s::text is null or account_questions.account is null or account_questions.account = %(account)s::text);
