-- Questions that wait for an answer, the oldest first; one row each. Parameters: most int.
select
    account_questions.question_id,
    account_questions.kind,
    account_questions.account,
    account_questions.question,
    account_questions.candidates,
    account_questions.asked_at,
    account_questions.is_made_up
from account_questions
where not account_questions.is_settled
order by account_questions.question_id
limit %(most)s::int;
