-- Names and types as in storm::store, where they are explained. The server commits each statement
-- that makes a table by itself, so each must bear being run again after a fall half-way.
--
-- Texts that are part of a key are VARBINARY, which compares byte by byte; a collation would take
-- 'a' and 'a ' for one. None of them but keys and answers come from outside, and those are folded
-- when they are long (see `folded` in keys.rs).

-- One row. Whoever commits locks it first, so commits come one after the other and positions
-- become visible in order. `edition` counts the commits; `ids` is the highest id that is taken.
CREATE TABLE IF NOT EXISTS head (
    one      TINYINT NOT NULL PRIMARY KEY,
    edition  BIGINT  NOT NULL,
    position BIGINT  NOT NULL,
    ids      BIGINT  NOT NULL
) ENGINE = InnoDB;

INSERT IGNORE INTO head (one, edition, position, ids) VALUES (1, 0, 0, 0);

-- Kinds of aggregates and of read models' rows, and how many of each are shown.
CREATE TABLE IF NOT EXISTS kinds (
    number INT            NOT NULL PRIMARY KEY,
    name   VARBINARY(255) NOT NULL UNIQUE,
    shown  BIGINT         NOT NULL
) ENGINE = InnoDB;

-- Aggregates and rows of read models. `loaded` is the version that the last change was decided on:
-- the statement that writes many records at once compares it with the version that is there.
CREATE TABLE IF NOT EXISTS records (
    kind        INT      NOT NULL,
    id          BIGINT   NOT NULL,
    loaded      BIGINT   NOT NULL,
    version     BIGINT   NOT NULL,
    hidden      TINYINT  NOT NULL,
    correlation LONGTEXT NOT NULL,
    state       LONGTEXT NOT NULL,
    PRIMARY KEY (kind, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS record_keys (
    kind  INT            NOT NULL,
    name  VARBINARY(255) NOT NULL,
    value VARBINARY(700) NOT NULL,
    id    BIGINT         NOT NULL,
    PRIMARY KEY (kind, name, value, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- The log, which is the outbox. Rows are only ever appended.
CREATE TABLE IF NOT EXISTS events (
    position    BIGINT   NOT NULL PRIMARY KEY,
    type        LONGTEXT NOT NULL,
    kind        LONGTEXT NOT NULL,
    id          BIGINT   NOT NULL,
    version     BIGINT   NOT NULL,
    correlation LONGTEXT NOT NULL,
    causation   LONGTEXT NOT NULL,
    trace       LONGTEXT NOT NULL,
    at          BIGINT   NOT NULL,
    data        LONGTEXT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS deadlines (
    kind VARBINARY(255) NOT NULL,
    id   BIGINT         NOT NULL,
    name VARBINARY(255) NOT NULL,
    due  BIGINT         NOT NULL,
    PRIMARY KEY (kind, id, name),
    KEY by_due (due)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- How far each producer's log was taken in.
CREATE TABLE IF NOT EXISTS cursors (
    producer VARBINARY(700) NOT NULL PRIMARY KEY,
    position BIGINT         NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Events that wait to be tried again, dead letters, and those waiting behind them. From `type` on
-- the event as the producer's log has it.
CREATE TABLE IF NOT EXISTS parked (
    producer    VARBINARY(700) NOT NULL,
    position    BIGINT         NOT NULL,
    attempts    BIGINT         NOT NULL,
    retry_at    BIGINT,
    reason      LONGTEXT       NOT NULL,
    type        LONGTEXT       NOT NULL,
    kind        LONGTEXT       NOT NULL,
    id          BIGINT         NOT NULL,
    version     BIGINT         NOT NULL,
    correlation LONGTEXT       NOT NULL,
    causation   LONGTEXT       NOT NULL,
    trace       LONGTEXT       NOT NULL,
    at          BIGINT         NOT NULL,
    data        LONGTEXT       NOT NULL,
    PRIMARY KEY (producer, position)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What an Idempotency-Key was answered.
CREATE TABLE IF NOT EXISTS answers (
    name        VARBINARY(700) NOT NULL PRIMARY KEY,
    fingerprint BIGINT         NOT NULL,
    id          BIGINT         NOT NULL,
    version     BIGINT         NOT NULL,
    correlation LONGTEXT       NOT NULL,
    state       LONGTEXT       NOT NULL,
    expires     BIGINT         NOT NULL,
    KEY by_expiry (expires)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
