-- Removes made-up files and reports, what came of them, and the questions they raised; one row: how many files.
with
gone as (
    delete from account_exports where account_exports.is_made_up
    returning account_exports.export_sha256, account_exports.member
),

seen as (
    delete from account_drop_files using gone
    where account_drop_files.export_sha256 = gone.export_sha256
    returning account_drop_files.drop_path
),

outcomes as (
    delete from account_outcomes using gone
    where account_outcomes.export_sha256 = gone.export_sha256 and account_outcomes.member = gone.member
    returning account_outcomes.run_id
),

questions as (
    delete from account_questions where account_questions.is_made_up
    returning account_questions.question_id
)

select
    (select count(*) from gone where gone.member = '') as files,
    (select count(*) from seen) as seen,
    (select count(*) from outcomes) as outcomes,
    (select count(*) from questions) as questions;
