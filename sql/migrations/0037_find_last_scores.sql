-- The pages of accounts ask for the newest scores of each account, of which there is a row per run.
create index account_quality_day on account_quality (account, day desc, run_id desc);
