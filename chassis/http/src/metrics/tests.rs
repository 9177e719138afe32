use super::*;

#[test]
fn several_contexts_metrics_are_one_text_with_each_family_once() {
    let text = |context| {
        let mut registry = Registry::default();
        let metrics = HttpMetrics::new(context, &mut registry);
        let took = Duration::from_millis(3);
        metrics.answered(&Method::GET, Route::Item("orders"), StatusCode::OK, took);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    };
    let merged = merged([text("order"), text("payment")]);
    let count = |what: &str| merged.matches(what).count();
    assert_eq!(count("# TYPE jumun_http_requests counter"), 1);
    assert_eq!(count("# HELP jumun_http_request_duration_seconds "), 1);
    assert_eq!(count("# EOF"), 1);
    assert!(merged.ends_with("# EOF\n"));
    for context in ["order", "payment"] {
        let sample = format!(
            "jumun_http_requests_total{{context=\"{context}\",method=\"GET\",route=\"/orders/{{id}}\",status=\"2xx\"}} 1"
        );
        assert!(merged.contains(&sample), "{merged}");
    }
    // All samples of a family stand together.
    let families: Vec<_> = merged
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.starts_with("jumun_http_requests_total"))
        .collect();
    assert!(
        families
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count()
            <= 1
    );
}

#[test]
fn a_made_up_method_makes_no_label_of_its_own() {
    let method = Method::from_bytes(b"BREW").unwrap();
    assert_eq!(known(&method), "other");
}

#[test]
fn a_route_is_the_address_that_clients_write_without_its_variable_parts() {
    let finder = Finder {
        key: "orderId",
        leads: storm::Leads::ToOne,
        called: None,
    };
    for (route, address) in [
        (Route::Item("orders"), "/orders/{id}"),
        (Route::Search("orders"), "/orders/search"),
        (
            Route::Finder("orders", finder),
            "/orders/search/findByOrderId",
        ),
    ] {
        assert_eq!(route.to_string(), address);
    }
}
