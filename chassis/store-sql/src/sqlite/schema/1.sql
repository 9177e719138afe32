-- Names and types as in storm::store, where they are explained.

-- Kinds of aggregates and of read models' rows, and how many of each are shown.
CREATE TABLE kinds (
    number INTEGER NOT NULL PRIMARY KEY,
    name   TEXT    NOT NULL UNIQUE,
    shown  INTEGER NOT NULL
) STRICT;

-- Aggregates and rows of read models. A place is the kind's number * 2^48 + the id.
CREATE TABLE records (
    place       INTEGER NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    hidden      INTEGER NOT NULL,
    correlation TEXT    NOT NULL,
    state       TEXT    NOT NULL
) STRICT;

-- `ANY` keeps the number 5 and the text '5' apart. Whether a key may be shared is the domain's to
-- say: the writer looks before it commits, and it is the only one.
CREATE TABLE keys (
    kind  INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    value ANY     NOT NULL,
    id    INTEGER NOT NULL,
    PRIMARY KEY (kind, name, value, id)
) STRICT, WITHOUT ROWID;

-- The log, which is the outbox. Rows are only ever appended, so the next position is the highest
-- one plus one. No second index: each would be paid for by every order.
CREATE TABLE events (
    position    INTEGER NOT NULL PRIMARY KEY,
    type        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    id          INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    correlation TEXT    NOT NULL,
    causation   TEXT    NOT NULL,
    trace       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    data        TEXT    NOT NULL
) STRICT;

CREATE TABLE deadlines (
    kind TEXT    NOT NULL,
    id   INTEGER NOT NULL,
    name TEXT    NOT NULL,
    due  INTEGER NOT NULL,
    PRIMARY KEY (kind, id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX deadlines_by_due ON deadlines (due);

-- How far each producer's log was taken in.
CREATE TABLE cursors (
    producer TEXT    NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events that wait to be tried again, dead letters, and those waiting behind them. From `type` on
-- the event as the producer's log has it.
CREATE TABLE parked (
    producer    TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    retry_at    INTEGER,
    reason      TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    id          INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    correlation TEXT    NOT NULL,
    causation   TEXT    NOT NULL,
    trace       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    data        TEXT    NOT NULL,
    PRIMARY KEY (producer, position)
) STRICT, WITHOUT ROWID;

-- What an Idempotency-Key was answered.
CREATE TABLE answers (
    key         TEXT    NOT NULL PRIMARY KEY,
    fingerprint INTEGER NOT NULL,
    id          INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    correlation TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    expires     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_expiry ON answers (expires);

-- `ids`: the highest id that is taken. `skipped`: no position up to this one is given any more.
CREATE TABLE counters (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
