-- What keys are that are too long for an index: by what stands for them in `keys`. So that they can be
-- copied to another store; nobody asks for them otherwise.
CREATE TABLE long_keys (
    fold  text COLLATE "C" NOT NULL PRIMARY KEY,
    whole text             NOT NULL
);
