-- Who may use the server with a key of its own. Of a key only the digest is kept; times are seconds since 1970.
CREATE TABLE api_key (
  id $TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created $DOUBLE NOT NULL,
  expires $DOUBLE,
  revoked $DOUBLE
);
