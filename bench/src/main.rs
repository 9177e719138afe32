//! The floor: the yardstick that `cargo xtask bench` holds jumun against.
//!
//! The same HTTP stack (hyper, tokio), the same database, and for each `POST /orders` the same two
//! durable commits: the payment in its file, then the order in its own, each with its event. No
//! framework, no validation, no consumers, no read models: what is left is what an order must cost
//! on this machine. It is written the way one would write just this by hand, and to be fast; a
//! crippled yardstick would flatter jumun.

mod ledger;
mod order;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::ledger::Ledger;
use crate::order::NewOrder;

/// Takes orders, durably, and does nothing else.
#[derive(Parser)]
struct Flags {
    /// Where it listens on 127.0.0.1; 0 is any free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The folder that it keeps its two files in
    #[arg(long, default_value = "data")]
    data: PathBuf,
}

struct Shop {
    payments: Ledger,
    orders: Ledger,
    last_id: AtomicI64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    std::fs::create_dir_all(&flags.data)
        .with_context(|| format!("{}: cannot be made", flags.data.display()))?;
    let (payments, last_payment) =
        Ledger::open(&flags.data.join("payment.db"), "PaymentAuthorised")?;
    let (orders, last_order) = Ledger::open(&flags.data.join("order.db"), "OrderPlaced")?;
    let shop = Arc::new(Shop {
        payments,
        orders,
        // A kill between the two commits leaves a payment without its order: its number is taken.
        last_id: AtomicI64::new(last_order.max(last_payment)),
    });

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, flags.port))
        .await
        .with_context(|| format!("port {}: cannot be listened on", flags.port))?;
    println!("http://{}", listener.local_addr()?);
    loop {
        // Accepting fails for one client (gone already) or for now (too many open files).
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        tokio::spawn(serve(stream, shop.clone()));
    }
}

async fn serve(stream: TcpStream, shop: Arc<Shop>) {
    // Without it an answer may wait for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let shop = shop.clone();
        async move { answer(&shop, request).await }
    });
    // An error here is a client that left or spoke no HTTP: there is nobody to tell.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(shop: &Shop, request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    if request.uri().path() != "/orders" {
        return Ok(bare(StatusCode::NOT_FOUND));
    }
    if request.method() != Method::POST {
        return Ok(bare(StatusCode::METHOD_NOT_ALLOWED));
    }
    let host = request.headers().get(HOST).cloned();
    let body = request.into_body().collect().await?.to_bytes();
    let Ok(order) = serde_json::from_slice::<NewOrder>(&body) else {
        return Ok(bare(StatusCode::BAD_REQUEST));
    };
    let created = place(shop, order, host.as_ref()).await;
    Ok(created.unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR)))
}

/// The payment first, then the order: each is on disk before the next step, as in the shop.
async fn place(
    shop: &Shop,
    new: NewOrder,
    host: Option<&HeaderValue>,
) -> anyhow::Result<Response<Full<Bytes>>> {
    let id = shop.last_id.fetch_add(1, Ordering::Relaxed) + 1;
    shop.payments.keep(id, new.payment(id)).await?;
    shop.orders.keep(id, new.order()).await?;

    let host = host.map_or(Ok("localhost"), HeaderValue::to_str)?;
    let location = format!("http://{host}/orders/{id}");
    let body = serde_json::to_vec(&new.order().at(&location))?;
    Ok(Response::builder()
        .status(StatusCode::CREATED)
        .header(LOCATION, location)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(Full::from(body))?)
}

fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
