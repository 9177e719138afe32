//! A peer in another language, for tests: see [`Peer`](crate).
