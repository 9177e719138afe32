//! The guide is tested as it stands.
