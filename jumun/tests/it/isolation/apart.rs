//! Contexts as processes of their own: gone, frozen, and back. Over HTTP only: a bus between
//! processes is not compiled in yet, so no events arrive.

use tempfile::TempDir;

use crate::shop::{Process, Setup, apples, jumun};
use crate::waiting::eventually;
use crate::wire::Request;

#[test]
fn a_context_and_a_door_of_their_own_serve_over_http() {
    let folder = TempDir::new().unwrap();
    let address = |context: &str, process: &Process| {
        (
            format!("systems.fruitstore.{context}.address"),
            format!("http://{}", process.address),
        )
    };
    let payment = serve(&folder, "payment", 0, &Setup::new()).unwrap();
    let (key, at) = address("payment", &payment);
    let mut order = serve(&folder, "order", 0, &Setup::new().set(&key, &at)).unwrap();
    let (order_key, order_at) = address("order", &order);
    let setup = Setup::new().set(&key, &at).set(&order_key, &order_at);
    let mut command = jumun(&setup, folder.path());
    let gateway = Process::start(command.args(["gateway", "fruitstore", "--port", "0"])).unwrap();

    let placed = gateway
        .send(&Request::post("/orders", &apples()))
        .expect(201);
    let location = placed.header("location").unwrap().to_owned();
    assert_eq!(
        location,
        format!("http://{}/orders/{}", gateway.address, placed.id())
    );
    let found = gateway.send(&Request::get(&format!(
        "/payments/search/findByOrderId?orderId={}",
        placed.id()
    )));
    assert_eq!(found.expect(200).json()["payStatus"], "결제요청");
    // One process gone, the other is still there.
    order.kill();
    let gone = gateway.send(&Request::get("/orders")).expect(502);
    assert!(gone.header("retry-after").is_some(), "{gone}");
    gateway.send(&Request::get("/payments")).expect(200);
}

fn serve(folder: &TempDir, context: &str, port: u16, setup: &Setup) -> Result<Process, String> {
    let mut command = jumun(setup, folder.path());
    command.args(["serve", "fruitstore", context, "--port", &port.to_string()]);
    Process::start(&mut command)
}

/// Order, which asks this payment.
fn order_before(folder: &TempDir, payment: &Process) -> Process {
    let setup = Setup::new()
        .set(
            "systems.fruitstore.payment.address",
            &format!("http://{}", payment.address),
        )
        .set("asks.sleep", "200ms");
    serve(folder, "order", 0, &setup).unwrap()
}

#[test]
fn a_payment_whose_process_is_gone_refuses_orders_until_it_is_back() {
    let folder = TempDir::new().unwrap();
    let mut payment = serve(&folder, "payment", 0, &Setup::new()).unwrap();
    let at = payment.address;
    let order = order_before(&folder, &payment);
    let place = Request::post("/orders", &apples());
    order.send(&place).expect(201);
    payment.kill();
    let refused = order.send(&place).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    order.send(&Request::get("/orders/1")).expect(200);
    let _payment = eventually("the payment's port again", || {
        serve(&folder, "payment", at.port(), &Setup::new())
    });
    eventually("an order", || {
        let answer = order.send(&place);
        if answer.status == 201 {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
    let orders = order.send(&Request::get("/orders")).expect(200).json();
    assert_eq!(
        orders["page"]["totalElements"], 2,
        "nothing half done: {orders}"
    );
}

#[test]
fn a_payment_that_hangs_refuses_orders_in_time_and_gives_back_what_it_authorizes_late() {
    let folder = TempDir::new().unwrap();
    let short = Setup::new().set("systems.fruitstore.payment.deadlines.capture", "300ms");
    let payment = serve(&folder, "payment", 0, &short).unwrap();
    let order = order_before(&folder, &payment);
    let place = Request::post("/orders", &apples());
    payment.signal("STOP");
    order.send(&place).expect(503);
    payment.signal("CONT");
    let orders = order.send(&Request::get("/orders")).expect(200).json();
    assert_eq!(
        orders["page"]["totalElements"], 0,
        "nothing half done: {orders}"
    );
    // What reached it while it hung is carried out now, or never; it ends given back.
    eventually("no authorization that waits for an order", || {
        let payments = payment.send(&Request::get("/payments")).expect(200).json();
        let list = payments["_embedded"]["payments"]
            .as_array()
            .expect("a list");
        let waits = list
            .iter()
            .any(|payment| payment["payStatus"] != "결제취소");
        if waits {
            Err(payments.to_string())
        } else {
            Ok(())
        }
    });
}

#[test]
fn a_door_before_a_context_that_hangs_says_so_in_time() {
    let folder = TempDir::new().unwrap();
    let payment = serve(&folder, "payment", 0, &Setup::new()).unwrap();
    let setup = Setup::new()
        .set(
            "systems.fruitstore.payment.address",
            &format!("http://{}", payment.address),
        )
        .set("upstream_timeout", "200ms");
    let mut command = jumun(&setup, folder.path());
    let door = Process::start(command.args(["gateway", "fruitstore", "--port", "0"])).unwrap();
    door.send(&Request::get("/payments")).expect(200);
    payment.signal("STOP");
    let late = door.send(&Request::get("/payments")).expect(504);
    assert_eq!(
        late.header("content-type"),
        Some("application/problem+json")
    );
    payment.signal("CONT");
    eventually("payments again", || {
        let answer = door.send(&Request::get("/payments"));
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
}
