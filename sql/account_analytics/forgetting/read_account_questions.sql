-- Rows of account_questions in which something may name a person; one row each, with its texts.
-- Parameters: word_needles text[] (patterns of like, lower case).
select
    account_questions.question_id,
    jsonb_build_object(
        'subject', account_questions.subject,
        'question', account_questions.question,
        'candidates', account_questions.candidates,
        'details', account_questions.details,
        'answer', account_questions.answer
    ) as texts
from account_questions
where
    lower(
        jsonb_build_array(
            account_questions.subject,
            account_questions.question,
            account_questions.candidates,
            account_questions.details,
            account_questions.answer
        )::text collate ucs_basic
    ) like any(%(word_needles)s::text [])
order by 1;
