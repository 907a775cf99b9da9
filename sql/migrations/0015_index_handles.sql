-- A handle leads to who had it before: the pages look one up without a walk through everybody's.

create index handle_history_handle on handle_history (handle);
