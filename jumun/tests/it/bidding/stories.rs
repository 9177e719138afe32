//! The requirements, one test or more for each line, named as the line says it.
//!
//! The seed tells of bidding in its chapters on calls, events and load; its list of functions is
//! online study's. What bidding does is in `domains.md` §3.

mod functional;
mod looking;
mod nonfunctional;
mod winning;
