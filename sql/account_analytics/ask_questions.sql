-- Enters questions; one that is known keeps its answer; no rows out. Parameters: questions jsonb (an array of rows of
-- account_questions).
insert into account_questions as kept (kind, subject, account, question, candidates, details, run_id, is_made_up)
select
    given.kind,
    given.subject,
    given.account,
    given.question,
    given.candidates,
    given.details,
    given.run_id,
    given.is_made_up
from jsonb_populate_recordset(null::account_questions, %(questions)s::jsonb) as given
order by given.kind, given.subject
on conflict (kind, subject) do update
    set
        account = excluded.account,
        question = excluded.question,
        candidates = excluded.candidates,
        details = excluded.details,
        -- Asked again without an answer, it is open again: the file that had settled it was taken back.
        is_settled = kept.answer is not null;
