//! Secrets that lie in files of their own, as orchestrators hand them over.

use std::path::Path;

use super::file::Parts;
use super::place::Wrong;
use super::store::Levels;
use super::value::Secret;

/// What the files hold.
#[derive(Default)]
pub(super) struct Secrets {
    pub(super) admin_token: Option<Secret>,
    pub(super) kafka: Option<Secret>,
    /// Passwords alone.
    pub(super) stores: Levels,
}

impl Secrets {
    /// Reads all files that are named.
    pub(super) fn in_files(parts: &Parts) -> Result<Self, Wrong> {
        let mut stores = Levels::default();
        stores.top.password = store_password(parts.store_password_file.as_deref())?;
        for (system, part) in &parts.systems {
            if let Some(path) = &part.store_password_file {
                let level = stores.systems.entry(system.clone()).or_default();
                level.password = store_password(Some(path))?;
            }
            for (context, part) in &part.contexts {
                if let Some(path) = &part.store_password_file {
                    let name = (system.clone(), context.clone());
                    let level = stores.contexts.entry(name).or_default();
                    level.password = store_password(Some(path))?;
                }
            }
        }
        let kafka = parts.kafka.password_file.as_deref();
        Ok(Self {
            admin_token: parts
                .admin_token_file
                .as_deref()
                .map(admin_token)
                .transpose()?,
            kafka: kafka
                .map(|path| password("kafka.password_file", path))
                .transpose()?,
            stores,
        })
    }
}

fn admin_token(path: &Path) -> Result<Secret, Wrong> {
    let text = text("admin_token_file", path)?;
    text.trim().parse().map_err(|message| wrong(path, message))
}

fn store_password(path: Option<&Path>) -> Result<Option<Secret>, Wrong> {
    path.map(|path| password("store_password_file", path))
        .transpose()
}

/// All but the end of its line.
fn password(key: &str, path: &Path) -> Result<Secret, Wrong> {
    let text = text(key, path)?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(wrong(path, format!("{key} is empty")));
    }
    Ok(Secret::new(password))
}

fn text(key: &str, path: &Path) -> Result<String, Wrong> {
    std::fs::read_to_string(path)
        .map_err(|error| wrong(path, format!("{key} cannot be read ({error})")))
}

fn wrong(path: &Path, message: String) -> Wrong {
    Wrong {
        place: path.display().to_string(),
        message,
    }
}
