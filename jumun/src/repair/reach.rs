//! The operator's way to a system's contexts: over HTTP to the process that runs it, or to contexts
//! started here for the purpose. What is asked is the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use gateway::{Gateway, Remote};
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderValue, Method, Request, StatusCode};
use http_api::{Body, Endpoint};
use serde_json::Value;
use storm::System;

use super::Word;
use crate::configuration::{Configuration, Secret};
use crate::stores;
use crate::up::{self, Up};

/// A rebuild reads a whole log.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// Of a list of dead letters.
const LARGEST: usize = 256 << 20;

/// How the system is reached.
enum Way {
    /// Another process runs it.
    Running(Remote),
    /// Its contexts are processes of their own.
    Apart(BTreeMap<&'static str, (Remote, HeaderValue)>),
    /// Nobody runs it: its stores are ours for now. Nothing listens, no event is taken in.
    Here(Box<Up>),
}

/// The way, and the operator's token.
pub(super) struct Reach {
    system: &'static str,
    way: Way,
    authorization: HeaderValue,
}

impl Reach {
    pub(super) async fn of(system: System, configuration: &Configuration) -> Result<Self> {
        let name = system.name();
        let folder = configuration.folder(name);
        let apart = apart(&system, configuration)?;
        let (way, token) = match Word::of_system(&folder) {
            None if !apart.is_empty() => (Way::Apart(apart), Secret::new("")),
            Some(Some(word)) => {
                let remote = Remote::new(&word.url, PATIENCE)
                    .with_context(|| format!("{} holds no address", folder.display()))?;
                (Way::Running(remote), word.token)
            }
            Some(None) => bail!(
                "another process has {} and cannot be asked; wait for it, or stop it",
                folder.display()
            ),
            None if configuration.kafka.is_some() => bail!(
                "with [kafka] the contexts of {name} are processes of their own, and none is known to run; start them, or set `admin_token`, and the `address` of each"
            ),
            None if !folder.is_dir() && stores::any_file(&system, configuration) => bail!(
                "{} is no data folder of {name}; start the system once, or choose another with --data",
                folder.display()
            ),
            None => {
                let token = up::token(configuration)?;
                let up = up::repairing(system, configuration, &token).await?;
                (Way::Here(Box::new(up)), token)
            }
        };
        Ok(Self {
            system: name,
            way,
            authorization: bearer(&token)?,
        })
    }

    /// `path` begins with the context, then goes on as its own operators' pages do.
    pub(super) async fn ask(&self, method: Method, path: &str) -> Result<(StatusCode, Value)> {
        let mut request = Request::new(Body::Empty);
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        headers.insert(AUTHORIZATION, self.authorization.clone());
        let response = match &self.way {
            Way::Running(remote) => {
                let path = format!("/{}/actuator/contexts/{path}", self.system);
                *request.uri_mut() = path.parse().context("the name makes no address")?;
                remote.answer(request).await
            }
            Way::Apart(contexts) => {
                let (context, rest) = path.split_once('/').unwrap_or((path, ""));
                let (remote, authorization) = contexts.get(context).with_context(|| {
                    format!(
                        "{context} does not run; start it with `jumun serve {} {context}`",
                        self.system
                    )
                })?;
                request
                    .headers_mut()
                    .insert(AUTHORIZATION, authorization.clone());
                *request.uri_mut() = format!("/actuator/{rest}")
                    .parse()
                    .context("the name makes no address")?;
                remote.answer(request).await
            }
            Way::Here(up) => {
                let path = format!("/actuator/contexts/{path}");
                *request.uri_mut() = path.parse().context("the name makes no address")?;
                let gateway: &Arc<Gateway> = up.gateway();
                gateway.handle(request).await
            }
        };
        let status = response.status();
        let body = response
            .into_body()
            .whole(LARGEST)
            .await
            .context("the running system's answer breaks off")?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    /// Lets the stores go again.
    pub(super) async fn end(self) {
        if let Way::Here(up) = self.way {
            up.stop().await;
        }
    }
}

/// The contexts that run as processes of their own.
fn apart(
    system: &System,
    configuration: &Configuration,
) -> Result<BTreeMap<&'static str, (Remote, HeaderValue)>> {
    let mut contexts = BTreeMap::new();
    for context in system.contexts() {
        let set = configuration.of_context(system.name(), context.name());
        if let Some(token) = &configuration.admin_token
            && !set.addresses.is_empty()
        {
            let remote = Remote::new(&set.addresses.join(","), PATIENCE)?;
            contexts.insert(context.name(), (remote, bearer(token)?));
            continue;
        }
        let folder = configuration.folder(system.name());
        if let Some(Some(word)) = Word::of_context(&folder, context.name()) {
            let remote = Remote::new(&word.url, PATIENCE)
                .with_context(|| format!("{} holds no address", folder.display()))?;
            contexts.insert(context.name(), (remote, bearer(&word.token)?));
        }
    }
    Ok(contexts)
}

fn bearer(token: &Secret) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal()))
        .context("the operator's token makes no header")?;
    value.set_sensitive(true);
    Ok(value)
}
