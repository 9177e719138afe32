use super::Load;

const LINE: &str = "load p90=9 requests=1000 micros=2000000 p50=5 p99=99 max=100 refused=10 \
                    broken=1 timeouts=2";

#[test]
fn only_orders_that_were_taken_count_and_the_rest_are_errors() {
    let load = Load::read(&format!("Running 2s test\n{LINE}\n")).unwrap();
    assert_eq!(load.placed(), 990);
    assert!((load.per_second() - 495.0).abs() < 1e-9);
    assert_eq!(load.errors(), 13);
}

#[test]
fn added_runs_keep_the_worst_latency_and_the_common_rate() {
    let mut sum = Load::read(LINE).unwrap();
    sum.add(&Load {
        requests: 3000,
        micros: 2_000_000,
        p99: 50,
        max: 200,
        ..Load::default()
    });
    assert!((sum.per_second() - 997.5).abs() < 1e-9);
    assert_eq!((sum.p50, sum.p99, sum.max), (5, 99, 200));
}

#[test]
fn a_run_that_measured_nothing_is_no_result() {
    assert!(Load::read("unable to connect to 127.0.0.1:1 Connection refused").is_none());
    assert!(Load::read("load requests=0 micros=0").is_none());
}
