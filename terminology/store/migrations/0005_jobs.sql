-- Work that outlives the request that asked for it. What `kind`, `input` and `result` mean is not the store's business.
-- `machine` is where files of the job lie ('' for none): only there can it be run. A running job has a lease (`expires`)
-- that it renews itself; when that runs out, its process is gone and it is queued again.
CREATE TABLE job (
  id $TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'cancelling', 'done', 'failed', 'cancelled')),
  machine $TEXT NOT NULL DEFAULT '',
  requester TEXT NOT NULL DEFAULT '',
  created $DOUBLE NOT NULL,
  ended $DOUBLE,
  expires $DOUBLE NOT NULL DEFAULT 0,
  attempts $BIGINT NOT NULL DEFAULT 0,
  stage TEXT NOT NULL DEFAULT '',
  done $BIGINT NOT NULL DEFAULT 0,
  total $BIGINT,
  input $BYTES NOT NULL,
  result $BYTES
);

CREATE INDEX job_order ON job (state, created);
