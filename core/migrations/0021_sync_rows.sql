-- What a sync has read so far, for those who watch it: rows of the provider, and how many of them were news.
alter table ops.sync_requests
add column rows_read bigint not null default 0 check (rows_read >= 0),
add column rows_changed bigint not null default 0 check (rows_changed >= 0);
