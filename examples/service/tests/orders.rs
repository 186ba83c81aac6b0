//! Queries through sqlx: how many an operation makes, and what a record costs.
//!
//! sqlx reports every statement to `tracing`, as an event of target `sqlx::query`:
//! to count them, a budget names it, and nothing in the program changes.

mod shop;

use perf_runtime::{CountingAllocator, perf_budget};
use service::Store;
use service::client::Error;
use service::orders::Order;
use service::store::Token;
use tempfile::TempDir;

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

/// A database with one user, and its folder.
struct Shelf {
    store: Store,
    user: i64,
    _folder: TempDir,
}

async fn empty() -> Shelf {
    let folder = TempDir::new().expect("a folder can be made");
    let path = folder.path().join("shop.sqlite");
    let store = Store::open(&path).await.expect("the database can be made");
    let user = store.add_user("user-0", shop::PASSWORD).await;
    Shelf {
        store,
        user: user.expect("the name is new"),
        _folder: folder,
    }
}

/// The user has ordered fifty times.
async fn fifty() -> Shelf {
    let shelf = empty().await;
    let added = shelf.store.add_orders(shelf.user, &shop::orders(50)).await;
    added.expect("SQLite writes");
    shelf
}

/// The user is signed in.
async fn signed_in() -> (Shelf, Token) {
    let shelf = empty().await;
    let token = shelf.store.sign_in("user-0", shop::PASSWORD).await;
    let token = token.expect("SQLite reads and writes");
    (shelf, token.expect("there is such a user"))
}

/// One query for the orders, and one more for each of them: it reads well.
async fn one_by_one(store: &Store, user: i64) -> sqlx::Result<Vec<Order>> {
    let mut orders = Vec::new();
    for id in store.order_ids(user).await? {
        orders.push(store.order(id).await?);
    }
    Ok(orders)
}

#[test]
fn only_who_is_known_sees_orders() {
    let shop = shop::open();
    let mut session = shop.session(2).expect("the user may order");
    let orders = shop.client.orders(&session).expect("they can be read");
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[1].items, shop::orders(1)[0].items);
    session.token.push('0');
    for refused in [
        shop.client.orders(&session).map(drop),
        shop.client.sign_in("user-0", "correct hoarse").map(drop),
        shop.client.sign_in("nobody", shop::PASSWORD).map(drop),
    ] {
        assert!(
            matches!(refused, Err(Error::Refused(401, _))),
            "{refused:?}"
        );
    }
    let taken = shop.client.sign_up("user-0", "another");
    assert!(matches!(taken, Err(Error::Refused(409, _))), "{taken:?}");
}

#[tokio::test]
async fn both_ways_read_the_same() {
    let Shelf { store, user, .. } = &fifty().await;
    let joined = store.orders(*user).await.expect("SQLite reads");
    assert_eq!(joined.len(), 50);
    assert_eq!(
        one_by_one(store, *user).await.expect("SQLite reads"),
        joined
    );
}

/// The joined query is one, for fifty orders as for one.
#[perf_budget(
    events("sqlx::query", max = 1),
    p95 = "100ms",
    mem = "1MB",
    setup = async || fifty().await,
    group = "query",
    id = "PERF027"
)]
async fn the_orders_of_a_user_are_one_query(shelf: &Shelf) -> sqlx::Result<Vec<Order>> {
    shelf.store.orders(shelf.user).await
}

/// 51 queries for 50 orders, over the budget on purpose: it is soft, so that it
/// warns; without `mode` the test fails, in every build.
#[perf_budget(
    events("sqlx::query", max = 4),
    mode = "soft",
    message = "it is over on purpose: a loop of queries",
    setup = async || fifty().await,
    group = "query"
)]
async fn a_query_for_each_order_on_purpose(shelf: &Shelf) -> sqlx::Result<Vec<Order>> {
    one_by_one(&shelf.store, shelf.user).await
}

/// The cost of a record: `items` makes a time limit one for each of the fifty
/// orders that a call reads.
#[perf_budget(mean = "10ms", p99 = "10ms", items = 50, setup = async || fifty().await, group = "query")]
async fn an_order_is_read_fast(shelf: &Shelf) -> sqlx::Result<Vec<Order>> {
    shelf.store.orders(shelf.user).await
}

/// A hundred records in less than a second: 10 ms for each, and a hundred a
/// second. Without the transaction each would wait for the disk on its own.
#[perf_budget(
    p95 = "10ms",
    throughput = "100/s",
    events("sqlx::query", max = 4),
    items = 100,
    setup = async || empty().await,
    group = "query",
    tags = ["disk"],
    id = "PERF028"
)]
async fn a_hundred_orders_are_placed(shelf: &Shelf) -> sqlx::Result<()> {
    shelf.store.add_orders(shelf.user, &shop::orders(100)).await
}

/// Reading, by the second.
#[perf_budget(throughput = "1000/s", setup = async || signed_in().await, group = "query", id = "PERF029")]
async fn a_session_is_looked_up((shelf, token): &(Shelf, Token)) -> sqlx::Result<Option<i64>> {
    shelf.store.user_of(token).await
}

/// Ten users share four connections: getting one is a separate part.
#[perf_budget(
    threads = 10,
    p99 = "10ms",
    runtime = "multi_thread",
    setup = async || fifty().await,
    group = "query",
    tags = ["threads"]
)]
async fn a_connection_is_lent_fast(shelf: &Shelf) -> sqlx::Result<()> {
    shelf.store.is_ready().await
}
