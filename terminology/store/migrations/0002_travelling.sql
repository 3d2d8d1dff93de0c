-- Resources that clients sent along and asked to remember (`$cache-control`, `cache-id`). A body is kept once, whatever
-- number of caches it belongs to; `expires` is in seconds since 1970.
CREATE TABLE travelling_cache (
  id $TEXT PRIMARY KEY,
  expires $DOUBLE NOT NULL
);

CREATE TABLE travelling_member (
  cache $TEXT NOT NULL,
  position $BIGINT NOT NULL,
  digest $TEXT NOT NULL,
  PRIMARY KEY (cache, digest)
);

CREATE TABLE travelling_body (
  digest $TEXT PRIMARY KEY,
  data $BYTES NOT NULL
);
