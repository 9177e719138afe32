use super::*;

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn want(whom: &str, port: u16) -> Wanted {
    Wanted {
        whom: whom.to_owned(),
        address: loopback(port),
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_whom_it_is_for_and_nothing_stays_open() {
    let taken = TcpListener::bind(loopback(0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let free = TcpListener::bind(loopback(0)).await.unwrap();
    let free_port = free.local_addr().unwrap().port();
    drop(free);

    let wanted = [want("the gateway", free_port), want("order", port)];
    let error = listen(&wanted).await.unwrap_err().to_string();

    assert!(
        error.contains(&format!("port {port}, for order, is in use")),
        "{error}"
    );
    assert!(error.contains("--port"), "{error}");
    TcpListener::bind(loopback(free_port)).await.unwrap();
}

#[tokio::test]
async fn a_port_that_two_of_us_want_is_not_said_to_be_in_use_by_another_process() {
    let free = TcpListener::bind(loopback(0)).await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);

    let wanted = [
        want("order", port),
        want("the gateway", 0),
        want("pay", port),
        want("product", 0),
    ];
    let error = listen(&wanted).await.unwrap_err().to_string();

    let said = format!("port {port} is wanted more than once, for order and pay;");
    assert!(
        error.starts_with(&said) && error.lines().count() == 1,
        "{error}"
    );
    TcpListener::bind(loopback(port)).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_process_that_has_the_port_is_named() {
    let taken = TcpListener::bind(loopback(0)).await.unwrap();
    let holder = Holder::of(taken.local_addr().unwrap().port()).unwrap();
    assert_eq!(holder.process, std::process::id());
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused_with_what_to_do() {
    let wanted = Wanted {
        whom: "the gateway".to_owned(),
        // TEST-NET-1 (RFC 5737): nobody's.
        address: SocketAddr::from(([192, 0, 2, 1], 0)),
    };
    let error = listen(&[wanted]).await.unwrap_err().to_string();
    assert!(error.contains("--bind"), "{error}");
}

#[test]
fn only_sockets_that_listen_on_the_very_port_are_found() {
    let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F98 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:1F98 0100007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 0100007F:1F99 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1
";
    assert_eq!(holder::listening(table, 8088), ["4711"]);
}
