//! Contexts as processes of their own: gone, frozen, and back.

use serde_json::json;
use tempfile::TempDir;

use crate::shop::{Process, Setup, apples, id_of, jumun};
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
    let path = format!("/payments/search/findByOrderId?orderId={}", placed.id());
    eventually("the payment's approval", || {
        let payment = gateway.send(&Request::get(&path)).expect(200).json();
        if payment["payStatus"] == "결제승인" {
            Ok(())
        } else {
            Err(payment.to_string())
        }
    });
    // What delivery asks order is answered by order itself, and not through the gateway.
    let delivered = Request::new("PUT", &format!("/orders/{}/delivered", placed.id()));
    gateway.send(&delivered).expect(404);
    order.send(&delivered).expect(200);
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
    payment.freeze();
    order.send(&place).expect(503);
    payment.thaw();
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
    payment.freeze();
    let late = door.send(&Request::get("/payments")).expect(504);
    assert_eq!(
        late.header("content-type"),
        Some("application/problem+json")
    );
    payment.thaw();
    eventually("payments again", || {
        let answer = door.send(&Request::get("/payments"));
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
}

/// A whole shop, each context a process of its own, behind one door.
struct Apart {
    folder: TempDir,
    setup: Setup,
    order: Process,
    payment: Process,
    delivery: Process,
    mypage: Process,
    door: Process,
}

impl Apart {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |process: &Process| format!("http://{}", process.address);
        let payment = serve(&folder, "payment", 0, &Setup::new()).unwrap();
        let setup = Setup::new()
            .set("asks.sleep", "200ms")
            .set("systems.fruitstore.payment.address", &at(&payment));
        let order = serve(&folder, "order", 0, &setup).unwrap();
        let setup = setup.set("systems.fruitstore.order.address", &at(&order));
        let delivery = serve(&folder, "delivery", 0, &setup).unwrap();
        let mypage = serve(&folder, "mypage", 0, &setup).unwrap();
        let setup = setup
            .set("systems.fruitstore.delivery.address", &at(&delivery))
            .set("systems.fruitstore.mypage.address", &at(&mypage));
        let mut command = jumun(&setup, folder.path());
        let door = Process::start(command.args(["gateway", "fruitstore", "--port", "0"])).unwrap();
        Self {
            folder,
            setup,
            order,
            payment,
            delivery,
            mypage,
            door,
        }
    }

    /// The same context on the same port again.
    fn again(&self, context: &str, before: &Process) -> Process {
        let port = before.address.port();
        eventually("its port again", || {
            serve(&self.folder, context, port, &self.setup)
        })
    }

    fn place(&self) -> i64 {
        self.door
            .send(&Request::post("/orders", &apples()))
            .expect(201)
            .id()
    }

    fn stands(&self, collection: &str, order: i64, field: &str, wanted: &str) {
        let path = format!("/{collection}/search/findByOrderId?orderId={order}");
        eventually(&format!("{field} {wanted} of order {order}"), || {
            let answer = self.door.send(&Request::get(&path));
            let found = answer.status == 200 && answer.json()[field] == wanted;
            if found {
                Ok(())
            } else {
                Err(answer.to_string())
            }
        });
    }
}

#[test]
fn with_delivery_and_mypage_gone_orders_are_taken_and_paid_and_both_catch_up() {
    let mut shop = Apart::start();
    let before = shop.place();
    shop.stands("myPages", before, "deliveryStatus", "배송시작");
    shop.delivery.kill();
    shop.mypage.kill();
    shop.door.send(&Request::get("/deliveries")).expect(502);
    let (kept, canceled) = (shop.place(), shop.place());
    shop.stands("payments", kept, "payStatus", "결제승인");
    let cancel = Request::new("DELETE", &format!("/orders/{canceled}"));
    shop.door.send(&cancel).expect(204);
    shop.stands("payments", canceled, "payStatus", "결제취소");
    shop.delivery = shop.again("delivery", &shop.delivery);
    shop.mypage = shop.again("mypage", &shop.mypage);
    shop.stands("deliveries", kept, "deliveryStatus", "배송시작");
    shop.stands("deliveries", canceled, "deliveryStatus", "배송취소");
    shop.stands("myPages", kept, "deliveryStatus", "배송시작");
    shop.stands("myPages", canceled, "deliveryStatus", "배송취소");
    shop.stands("myPages", canceled, "payStatus", "결제취소");
}

#[test]
fn with_payment_gone_orders_can_be_canceled_and_are_refunded_when_it_is_back() {
    let mut shop = Apart::start();
    let order = shop.place();
    shop.stands("myPages", order, "deliveryStatus", "배송시작");
    shop.payment.kill();
    shop.door
        .send(&Request::post("/orders", &apples()))
        .expect(503);
    shop.door
        .send(&Request::new("DELETE", &format!("/orders/{order}")))
        .expect(204);
    shop.stands("myPages", order, "orderStatus", "주문취소");
    shop.payment = shop.again("payment", &shop.payment);
    shop.stands("myPages", order, "payStatus", "결제취소");
    shop.stands("myPages", order, "deliveryStatus", "배송취소");
}

#[test]
fn with_order_gone_what_was_ordered_goes_on_and_is_handed_over_when_it_is_back() {
    let mut shop = Apart::start();
    let order = shop.place();
    shop.order.kill();
    shop.stands("myPages", order, "deliveryStatus", "배송시작");
    let path = format!("/deliveries/search/findByOrderId?orderId={order}");
    let delivery = id_of(&shop.door.send(&Request::get(&path)).expect(200).json());
    let complete = Request::new("PATCH", &format!("/deliveries/{delivery}"))
        .json(&json!({"deliveryStatus": "배송완료"}));
    shop.door.send(&complete).expect(503);
    shop.order = shop.again("order", &shop.order);
    eventually("the handover", || {
        let answer = shop.door.send(&complete);
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
    shop.stands("myPages", order, "deliveryStatus", "배송완료");
}
