-- A question; one row, none where there is no such. Parameters: question_id bigint.
select
    account_questions.kind,
    account_questions.subject,
    account_questions.account,
    account_questions.candidates,
    account_questions.is_made_up
from account_questions
where account_questions.question_id = %(question_id)s::bigint
for update;
