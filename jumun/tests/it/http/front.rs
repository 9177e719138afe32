//! The front of all systems: a page for people, links for programs, health and metrics of the whole.

use std::collections::BTreeSet;

use storm::{Context, System};

use crate::stage::{Door, Setup, systems};
use crate::wire::Request;

#[test]
fn the_page_lists_every_context_and_collection_and_every_address_on_it_leads_somewhere() {
    let all = Setup::of_all().start();
    let front = Door::at(all.address());
    let answer = front.get("/").expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html;charset=UTF-8")
    );
    let page = answer.text();
    for system in systems().all() {
        let name = system.name();
        for context in system.contexts() {
            let title = format!("<h3>{}</h3>", context.name());
            assert!(page.contains(&title), "{title}\n{page}");
        }
        for collection in system.contexts().iter().flat_map(Context::collections) {
            let link = format!("href=\"/{name}/{collection}\"");
            assert!(page.contains(&link), "{link}\n{page}");
        }
    }
    assert!(page.contains("up to date with"), "{page}");
    let links = page.split("href=\"").skip(1);
    let paths: Vec<&str> = links
        .filter_map(|link| link.split('"').next())
        .filter(|path| path.starts_with('/'))
        .collect();
    assert!(paths.len() > 4 * systems().all().len(), "{paths:?}");
    for path in paths {
        front.get(path).expect(200);
    }
}

#[test]
fn programs_walk_from_the_front_to_every_collection() {
    let all = Setup::of_all().start();
    let front = Door::at(all.address());
    let as_json = |path: &str| {
        let asked = Request::get(path).header("Accept", "application/json");
        front.send(&asked).expect(200).json()
    };
    let path_of = |href: &str| {
        let path = href.strip_prefix(&front.url("")).expect(href);
        path.split('{').next().unwrap_or(path).to_owned()
    };
    let root = as_json("/");
    let names: Vec<_> = systems().all().iter().map(System::name).collect();
    let links = root["_links"].as_object().unwrap();
    assert_eq!(links.keys().collect::<Vec<_>>(), names);
    for system in systems().all() {
        let href = root["_links"][system.name()]["href"].as_str().unwrap();
        let of_system = as_json(&path_of(href));
        for collection in system.contexts().iter().flat_map(Context::collections) {
            let href = of_system["_links"][collection]["href"].as_str();
            let path = path_of(href.expect(collection));
            assert_eq!(path, format!("/{}/{collection}", system.name()));
            let listed = as_json(&path);
            let own = listed["_links"]["self"]["href"].as_str().unwrap();
            assert!(path_of(own).starts_with(&path), "{own}");
        }
    }
}

#[test]
fn operators_find_the_whole_process_at_the_front() {
    let all = Setup::of_all().start();
    let front = Door::at(all.address());
    let info = front.get("/actuator/info").expect(200).json();
    for path in ["/actuator/health", "/actuator/health/readiness"] {
        let health = front.get(path).expect(200).json();
        for system in systems().all() {
            let contexts = info["systems"][system.name()]["contexts"].as_array();
            assert_eq!(contexts.unwrap().len(), system.contexts().len());
            let of_system = &health["components"][system.name()];
            assert_eq!(of_system["status"], "UP", "{health}");
            for context in system.contexts() {
                assert_eq!(of_system["components"][context.name()]["status"], "UP");
            }
        }
    }
    let metrics = front.get("/actuator/prometheus").expect(200).text();
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let series: Vec<&str> = samples
        .filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series))
        .collect();
    let different: BTreeSet<&str> = series.iter().copied().collect();
    assert_eq!(different.len(), series.len(), "a series stands there twice");
    for system in systems().all() {
        let label = format!("system=\"{}\"", system.name());
        assert!(series.iter().any(|line| line.contains(&label)), "{label}");
    }
}

#[test]
fn an_address_of_no_system_says_which_there_are() {
    let all = Setup::of_all().start();
    let front = Door::at(all.address());
    let problem = front.get("/orders").expect(404).json();
    for system in systems().all() {
        let name = format!("/{}/", system.name());
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&name), "{detail}");
    }
    let refused = front.send(&Request::new("POST", "/")).expect(405);
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    let head = front.send(&Request::new("HEAD", "/")).expect(200);
    assert!(head.text().is_empty());
}
