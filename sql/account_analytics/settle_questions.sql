-- Questions that a later file answered are asked no longer; one row each. Parameters: kinds text[], subjects text[] (parallel).
update account_questions
set is_settled = true
from unnest(%(kinds)s::text [], %(subjects)s::text []) as given (kind, subject)
where
    account_questions.kind = given.kind
    and account_questions.subject = given.subject
    and not account_questions.is_settled
returning account_questions.question_id;
