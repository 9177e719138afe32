//! What the door of doors answers by itself: the front page, and the operators' pages of the whole
//! process.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_api::{Body, Language, Problem};
use serde_json::{Map, Value, json};

use super::accept::{Form, wanted};
use super::{Front, page};
use crate::forwarded;
use crate::own::health::{self, Group, Health, Status};
use crate::pages::{self, ACTUATOR, HAL, HTML, JSON, OPEN_METRICS};
use crate::together::together;

pub(super) async fn answer(front: &Front, request: Request<Body>) -> Response<Body> {
    // The body of a read is nobody's.
    let (request, _) = request.into_parts();
    let path = request.uri.path();
    let answer = match path {
        "/"
        | "/actuator/health"
        | "/actuator/health/liveness"
        | "/actuator/health/readiness"
        | "/actuator/info"
        | "/actuator/prometheus" => pages::reads(&request.method),
        _ => Err(front.unknown()),
    };
    let answer = match answer {
        Ok(()) => front.read(&request).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(response) if request.method == Method::HEAD => pages::without_body(response),
        Ok(response) => response,
        Err(problem) => {
            let asked_for = forwarded::asked_for(&request.headers, path);
            problem.answer(&asked_for, Language::of(&request.headers))
        }
    }
}

impl Front {
    async fn read(&self, request: &Parts) -> Result<Response<Body>, Problem> {
        match request.uri.path() {
            "/" => self.root(request).await,
            "/actuator/health" => Ok(self.health(Group::All).await),
            "/actuator/health/liveness" => Ok(self.health(Group::Liveness).await),
            "/actuator/health/readiness" => Ok(self.health(Group::Readiness).await),
            "/actuator/info" => Ok(pages::json(ACTUATOR, &self.info())),
            "/actuator/prometheus" => Ok(pages::text(OPEN_METRICS, self.metrics())),
            _ => Err(self.unknown()),
        }
    }

    async fn root(&self, request: &Parts) -> Result<Response<Body>, Problem> {
        let form = wanted(&request.headers).ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                "not-acceptable",
                "This is available as text/html, as application/hal+json and as application/json only; ask for one of them, or for */*.",
            ).ko("이 주소는 text/html, application/hal+json, application/json으로만 제공됩니다. 이 중 하나나 */*를 Accept로 보내 주세요.")
        })?;
        let mut response = match form {
            Form::Page => self.page(request).await,
            Form::Hal => pages::json(HAL, &self.links(request)),
            Form::Json => pages::json(JSON, &self.links(request)),
        };
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("Accept"));
        Ok(response)
    }

    async fn page(&self, request: &Parts) -> Response<Body> {
        let health = self.ask_all(Group::All).await;
        let systems: Vec<page::System<'_>> = self
            .systems
            .iter()
            .zip(&health)
            .map(|((name, gateway), health)| page::System {
                name,
                gateway,
                health,
            })
            .collect();
        let prefix = forwarded::prefix(&request.headers);
        let page = page::draw(self.version(), &prefix, &systems);
        let mut response = pages::text(HTML, page);
        let headers = response.headers_mut();
        // It runs nothing and fetches nothing, whatever stands in it.
        let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // A moment later all may be different.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// A way in for programs, which go on from there.
    fn links(&self, request: &Parts) -> Value {
        let front = http_api::front_of_links(&request.uri, &request.headers);
        let links: Map<String, Value> = self
            .systems
            .iter()
            .map(|(name, _)| (name.clone(), json!({ "href": format!("{front}/{name}/") })))
            .collect();
        json!({ "_links": links })
    }

    async fn health(&self, group: Group) -> Response<Body> {
        let systems = self.ask_all(group).await;
        let status = Status::worst(systems.iter().map(|health| health.status));
        let components: Map<String, Value> = self
            .systems
            .iter()
            .zip(&systems)
            .map(|((name, _), health)| (name.clone(), health.json()))
            .collect();
        let page = json!({ "status": status.as_str(), "components": components });
        health::page(status, &page)
    }

    /// How each system is; all are asked at once, so it takes no longer than the slowest context.
    async fn ask_all(&self, group: Group) -> Vec<Health> {
        let gateways = self.systems.iter().map(|(_, gateway)| gateway.clone());
        let questions = gateways.map(|gateway| async move { health::of(&gateway, group).await });
        let answers = together(questions).await.into_iter();
        answers
            .map(|answer| answer.unwrap_or_else(Health::unknown))
            .collect()
    }

    fn info(&self) -> Value {
        let systems: Map<String, Value> = self
            .systems
            .iter()
            .map(|(name, gateway)| (name.clone(), json!({ "contexts": gateway.contexts() })))
            .collect();
        json!({
            "app": { "name": "jumun", "version": self.version() },
            "systems": systems,
        })
    }

    /// One process, one version.
    fn version(&self) -> &'static str {
        let first = self.systems.first();
        first.map_or("", |(_, gateway)| gateway.settings.version)
    }

    fn metrics(&self) -> String {
        let gateways = self.systems.iter();
        http_api::merged(gateways.map(|(_, gateway)| gateway.metrics()))
    }

    fn unknown(&self) -> Problem {
        let names: Vec<&str> = self.systems.iter().map(|(name, _)| name.as_str()).collect();
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            format!(
                "There is nothing at this address. It begins with one of the systems that there are: /{}/; GET / lists them.",
                names.join("/, /")
            ),
        ).ko(format!("이 주소에는 아무것도 없습니다. 주소는 다음 시스템 중 하나로 시작해야 합니다: /{}/. GET /로 목록을 볼 수 있습니다.", names.join("/, /")))
    }
}
