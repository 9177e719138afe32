//! What is counted of requests, and how it is shown.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use storm::Finder;

/// The content type of what [`merged`] and `/actuator/prometheus` write.
pub const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A request's address with its variable parts left out, so that there are never more of them than
/// the context declares.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(crate) enum Route {
    Root,
    Profile,
    Collection(&'static str),
    Item(&'static str),
    Action(&'static str, &'static str),
    Search(&'static str),
    Finder(&'static str, Finder),
    Operations(&'static str),
    Unknown,
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => f.write_str("/"),
            Self::Profile => f.write_str("/profile"),
            Self::Collection(name) => write!(f, "/{name}"),
            Self::Item(name) => write!(f, "/{name}/{{id}}"),
            Self::Action(name, action) => write!(f, "/{name}/{{id}}/{action}"),
            Self::Search(name) => write!(f, "/{name}/search"),
            Self::Finder(name, finder) => write!(f, "/{name}/search/{}", finder.name()),
            Self::Operations(name) => write!(f, "/{name}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        write!(encoder, "{self}")
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    context: &'static str,
    method: &'static str,
    route: Route,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Taken {
    context: &'static str,
    method: &'static str,
    route: Route,
}

/// Requests of one context.
pub(crate) struct HttpMetrics {
    context: &'static str,
    requests: Family<Answered, Counter>,
    durations: Family<Taken, Histogram, fn() -> Histogram>,
}

/// Seconds. Denser where an order usually is, and at the breaker's deadline.
fn histogram() -> Histogram {
    const BOUNDS: [f64; 14] = [
        0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.61, 1.0, 2.5, 10.0,
    ];
    Histogram::new(BOUNDS)
}

impl HttpMetrics {
    pub(crate) fn new(context: &'static str, registry: &mut Registry) -> Self {
        let metrics = Self {
            context,
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram as fn() -> Histogram),
        };
        let jumun = registry.sub_registry_with_prefix("jumun");
        jumun.register(
            "http_requests",
            "Requests answered",
            metrics.requests.clone(),
        );
        jumun.register_with_unit(
            "http_request_duration",
            "From a request's head to its answer's",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        metrics
    }

    pub(crate) fn answered(
        &self,
        method: &Method,
        route: Route,
        status: StatusCode,
        took: Duration,
    ) {
        let (context, method) = (self.context, known(method));
        let status = match status.as_u16() {
            0..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        let answered = Answered {
            context,
            method,
            route,
            status,
        };
        self.requests.get_or_create(&answered).inc();
        let taken = Taken {
            context,
            method,
            route,
        };
        let histogram = self.durations.get_or_create(&taken);
        histogram.observe(took.as_secs_f64());
    }
}

/// Clients can make methods up; there are never more labels than these.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Several contexts' metrics as one text, each family described once and in one place, as
/// `OpenMetrics` wants it.
pub fn merged(texts: impl IntoIterator<Item = String>) -> String {
    #[derive(Default)]
    struct Described {
        about: String,
        samples: String,
    }
    let mut families: Vec<Described> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for text in texts {
        let mut place = None;
        let mut new = false;
        for line in text.lines().filter(|line| *line != "# EOF") {
            let about = line.strip_prefix("# ");
            if let Some(name) = line.strip_prefix("# HELP ") {
                let name = name.split(' ').next().unwrap_or(name);
                new = !places.contains_key(name);
                place = Some(*places.entry(name.to_owned()).or_insert_with(|| {
                    families.push(Described::default());
                    families.len() - 1
                }));
            }
            let Some(family) = place.and_then(|place| families.get_mut(place)) else {
                continue;
            };
            let part = match about {
                Some(_) if new => &mut family.about,
                Some(_) => continue,
                None => &mut family.samples,
            };
            part.push_str(line);
            part.push('\n');
        }
    }
    let parts = families.iter().flat_map(|f| [&f.about, &f.samples]);
    let mut text: String = parts.map(String::as_str).collect();
    text.push_str("# EOF\n");
    text
}

#[cfg(test)]
mod tests;
