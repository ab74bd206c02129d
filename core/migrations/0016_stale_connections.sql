-- When owners were last told that nothing has arrived for hours. A poll that succeeds later ends the episode.
alter table ops.connections add column stale_told_at timestamptz;
