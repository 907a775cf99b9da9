-- Open questions of accounts that are not asked any more; one row each. Parameters: accounts text[], kinds text[] (whose others
-- are meant), subjects text[] (still asked).
update account_questions
set is_settled = true
where
    account_questions.account = any(%(accounts)s::text [])
    and account_questions.kind = any(%(kinds)s::text [])
    and not account_questions.is_settled
    and account_questions.subject <> all(%(subjects)s::text [])
returning account_questions.question_id;
