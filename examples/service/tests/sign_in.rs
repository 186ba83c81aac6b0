//! Users of a real server, over TCP: signing in, and asking for orders.
//!
//! The server runs in this process, on separate threads, and is started
//! before anything is timed: `setup` makes it once for each case.

mod shop;

use std::sync::atomic::{AtomicUsize, Ordering};

use perf_runtime::{CountingAllocator, perf_budget};
use service::client::Error;
use service::orders::Order;
use service::server::Session;
use shop::Shop;

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

perf_runtime::main!();

/// `threads = 10`: ten users begin at the same time, and each signs in again as
/// soon as it is signed in. Every limit holds for the users together. One in
/// ten mistypes the password: a call that fails is one that was made, and
/// four of five must succeed.
#[perf_budget(
    threads = 10,
    errors = "20%",
    p50 = "500ms",
    p95 = "1s",
    p99 = "2s",
    throughput = "20/s",
    max_time = "20s",
    setup = shop::open,
    group = "sign-in",
    tags = ["threads", "disk"],
    id = "PERF031"
)]
fn ten_users_sign_in(shop: &Shop) -> Result<Session, Error> {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let password = if call % 10 == 9 {
        "correct hoarse"
    } else {
        shop::PASSWORD
    };
    shop.client.sign_in(&shop::name(call % 10), password)
}

/// `degradation`: what the typical user waits when ten sign in, and what when
/// it is alone. Here users, server and database share the processors: ten
/// cannot be served in the time of one.
#[perf_budget(
    threads = 10,
    degradation = "25x",
    p95 = "1s",
    setup = shop::open,
    group = "sign-in",
    tags = ["threads", "disk"]
)]
fn ten_users_are_not_much_slower_than_one(shop: &Shop) -> Result<Session, Error> {
    shop.client.sign_in(&shop::name(0), shop::PASSWORD)
}

/// An open loop: a hundred users come in a second, whether the server keeps up
/// or not, and the time of each counts from when it came.
#[perf_budget(
    threads = 10,
    rate = "100/s",
    p50 = "100ms",
    p90 = "250ms",
    max_time = "6s",
    setup = shop::open,
    group = "sign-in",
    tags = ["threads", "disk"]
)]
fn a_hundred_users_a_second_sign_in(shop: &Shop) -> Result<Session, Error> {
    shop.client.sign_in(&shop::name(0), shop::PASSWORD)
}

/// The parts of one sign-in, each with a limit: the server opens spans, and
/// they are seen on whichever of its threads they are. Of the two queries one
/// finds the user, and one begins the session.
#[perf_budget(
    span("find user", p95 = "50ms"),
    span("check password", p95 = "50ms"),
    span("begin session", p95 = "100ms"),
    events("sqlx::query", max = 2),
    p95 = "200ms",
    mem = "1MB",
    setup = shop::open,
    group = "sign-in",
    tags = ["disk"],
    id = "PERF025"
)]
fn a_user_signs_in(shop: &Shop) -> Result<Session, Error> {
    shop.client.sign_in(&shop::name(0), shop::PASSWORD)
}

/// The requirement is fewer than five queries an operation. This is one for the
/// session and one for everything else, however many orders there are.
#[perf_budget(
    events("sqlx::query", max = 4),
    p95 = "200ms",
    setup = ordered,
    group = "orders",
    id = "PERF026"
)]
fn a_user_sees_fifty_orders((shop, session): &(Shop, Session)) -> Result<Vec<Order>, Error> {
    shop.client.orders(session)
}

fn ordered() -> (Shop, Session) {
    let shop = shop::open();
    let session = shop.session(50).expect("the user may order");
    (shop, session)
}
