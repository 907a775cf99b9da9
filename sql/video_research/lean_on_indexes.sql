-- For this transaction: words are looked up in their index, however many videos have them. The planner does not count what it
-- takes to read a video's words, and would read all of them. One row. No parameters.
select set_config('enable_seqscan', 'off', true) as is_off;
