-- Puts cleaned texts into a row of account_questions; one row.
-- Parameters: question_id bigint, texts jsonb.
update account_questions
set
    subject = given.subject,
    question = given.question,
    candidates = given.candidates,
    details = given.details,
    answer = given.answer
from jsonb_populate_record(null::account_questions, %(texts)s::jsonb) as given
where account_questions.question_id = %(question_id)s::bigint
returning account_questions.question_id;
