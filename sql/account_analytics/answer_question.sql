-- Stores an answer; one row. Parameters: question_id bigint, answer text, who text.
update account_questions
set
    answer = %(answer)s::text,
    answered_by = %(who)s::text,
    answered_at = clock_timestamp(),
    is_settled = true
where account_questions.question_id = %(question_id)s::bigint
returning account_questions.question_id;
