-- What keys and names of answers are that are too long for an index, by what stands for them. So that
-- they can be copied to another store; nobody asks for them otherwise.
CREATE TABLE IF NOT EXISTS long_texts (
    fold  VARBINARY(64) NOT NULL PRIMARY KEY,
    whole LONGTEXT      NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
