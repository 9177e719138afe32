-- Names and types as in storm::store, where they are explained. Texts that can come from outside
-- have U+0000, which PostgreSQL does not take, written as U+0001 '0', and U+0001 as U+0001 '1'.

-- One row. Whoever commits holds it (FOR UPDATE) from the turn's beginning to the commit's end.
CREATE TABLE store (
    one     boolean NOT NULL PRIMARY KEY CHECK (one),
    -- One more with each commit.
    edition int8    NOT NULL,
    -- The last position in the log.
    head    int8    NOT NULL,
    -- The highest id that is taken.
    ids     int8    NOT NULL,
    -- What the last commit wrote here and no other does: who lost its answer knows it by that.
    mark    int8    NOT NULL
) WITH (fillfactor = 10);

INSERT INTO store (one, edition, head, ids, mark) VALUES (true, 0, 0, 0, 0);

-- Kinds of aggregates and of read models' rows, and how many of each are shown.
CREATE TABLE kinds (
    number int8             NOT NULL PRIMARY KEY,
    name   text COLLATE "C" NOT NULL UNIQUE,
    shown  int8             NOT NULL
) WITH (fillfactor = 20);

-- Aggregates and rows of read models. Most change soon after they were made: room is left on each
-- page, so that a row that changes stays on its page, and no index has to be told.
CREATE TABLE records (
    kind        int8    NOT NULL,
    id          int8    NOT NULL,
    version     int8    NOT NULL,
    hidden      boolean NOT NULL,
    correlation text    NOT NULL,
    state       text    NOT NULL,
    PRIMARY KEY (kind, id)
) WITH (fillfactor = 60);

-- Values are '#5' for the number 5 and '=5' for the text '5'. An index takes no long ones: what
-- stands for them is '~' and their SHA-256. Nobody reads them back: who asks has them.
CREATE TABLE keys (
    kind  int8             NOT NULL,
    name  text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    id    int8             NOT NULL,
    PRIMARY KEY (kind, name, value, id)
);

-- The log, which is the outbox. Rows are only ever appended. No second index: each would be paid
-- for by every order.
CREATE TABLE events (
    position    int8 NOT NULL PRIMARY KEY,
    type        text NOT NULL,
    kind        text NOT NULL,
    id          int8 NOT NULL,
    version     int8 NOT NULL,
    correlation text NOT NULL,
    causation   text NOT NULL,
    trace       text NOT NULL,
    at          int8 NOT NULL,
    data        text NOT NULL
);

CREATE TABLE deadlines (
    kind text COLLATE "C" NOT NULL,
    id   int8             NOT NULL,
    name text COLLATE "C" NOT NULL,
    due  int8             NOT NULL,
    PRIMARY KEY (kind, id, name)
);

CREATE INDEX deadlines_by_due ON deadlines (due, kind, id, name);

-- How far each producer's log was taken in.
CREATE TABLE cursors (
    producer text COLLATE "C" NOT NULL PRIMARY KEY,
    position int8             NOT NULL
) WITH (fillfactor = 20);

-- Events that wait to be tried again, dead letters, and those waiting behind them. From `type` on
-- the event as the producer's log has it.
CREATE TABLE parked (
    producer    text COLLATE "C" NOT NULL,
    position    int8             NOT NULL,
    attempts    int8             NOT NULL,
    retry_at    int8,
    reason      text             NOT NULL,
    type        text             NOT NULL,
    kind        text             NOT NULL,
    id          int8             NOT NULL,
    version     int8             NOT NULL,
    correlation text             NOT NULL,
    causation   text             NOT NULL,
    trace       text             NOT NULL,
    at          int8             NOT NULL,
    data        text             NOT NULL,
    PRIMARY KEY (producer, position)
);

-- What an Idempotency-Key was answered. A client may send a long one; a hash index takes any.
CREATE TABLE answers (
    key         text COLLATE "C" NOT NULL,
    fingerprint int8             NOT NULL,
    id          int8             NOT NULL,
    version     int8             NOT NULL,
    correlation text             NOT NULL,
    state       text             NOT NULL,
    expires     int8             NOT NULL
);

CREATE INDEX answers_by_key ON answers USING hash (key);
CREATE INDEX answers_by_expiry ON answers (expires);

-- Ends the statement, and with it the transaction: a record is not as the decision saw it.
CREATE FUNCTION refuse(what text) RETURNS int8 LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what USING ERRCODE = 'serialization_failure';
END $$;
