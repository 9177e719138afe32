//! What a record on a system's topic is (`wire.md` §5).
