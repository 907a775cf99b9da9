-- Calls under way are few, a day's calls are many: claims are held and settled without a look at the rest of the day.

create index api_calls_open on api_calls (day, endpoint, subject) where holds_identity and outcome = 'calling';
