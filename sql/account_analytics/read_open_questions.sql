-- Questions that wait for an answer; one row each, the oldest first. Parameters: most int.
select
    account_questions.question_id,
    account_questions.kind,
    account_questions.account,
    account_questions.question,
    account_questions.candidates
from account_questions
where not account_questions.is_settled
order by account_questions.question_id
limit %(most)s::int;
