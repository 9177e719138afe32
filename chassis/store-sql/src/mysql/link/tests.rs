use super::*;
use crate::mysql::tests::Fresh;

#[test]
fn of_a_names_addresses_any_will_do() {
    let Some(fresh) = Fresh::shared() else { return };
    let server = &fresh.server;
    let options = OptsBuilder::new()
        .user(Some(&server.user))
        .prefer_socket(false);
    let there = SocketAddr::from(([127, 0, 0, 1], server.port));
    // Reserved: nobody listens there.
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    assert!(to_any(&options, [nobody, there].into_iter()).is_ok());
    let error = to_any(&options, [nobody].into_iter()).unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

#[test]
fn a_session_reads_a_backslash_as_one_and_refuses_what_does_not_fit() {
    let Some(fresh) = Fresh::shared() else { return };
    let server = &fresh.server;
    for role in [Role::Writer, Role::Reader] {
        let mut link = Link::open(server, &server.database, role).unwrap();
        let mut answers = link.ask("SELECT length('\\'), @@sql_mode").unwrap();
        let mut row = answers.pop().unwrap().pop().unwrap();
        assert_eq!(row.take::<i64, _>(0), Some(1));
        let mode: String = row.take(1).unwrap();
        assert!(mode.contains("STRICT_ALL_TABLES"), "{mode}");
    }
}

#[test]
fn a_writer_that_stands_still_is_given_up_wherever_it_stands() {
    let Some(fresh) = Fresh::shared() else { return };
    let server = Server {
        turn: Duration::from_millis(1_500),
        ..fresh.server.clone()
    };
    let mut link = Link::open(&server, &server.database, Role::Writer).unwrap();
    let timeouts = "SELECT @@idle_transaction_timeout, @@net_read_timeout, @@net_write_timeout";
    let row = link.ask(timeouts).unwrap().pop().unwrap().pop().unwrap();
    assert_eq!(mysql::from_row::<(u64, u64, u64)>(row), (2, 2, 2));
}

#[test]
fn mysql_is_told_in_its_own_words() {
    let server = Server::new("127.0.0.1", 3306, "jumun");
    let writer = limits(&server, Role::Writer, false);
    assert!(writer.contains("SESSION wait_timeout = 3"), "{writer}");
    assert!(writer.contains("max_execution_time = 11000"), "{writer}");
    // An idle reader holds nobody up.
    let reader = limits(&server, Role::Reader, false);
    assert!(!reader.contains(" wait_timeout"), "{reader}");
}
