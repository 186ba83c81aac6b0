//! Queries through diesel: three lines make it count its statements; they stand
//! in `watched`.

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use perf_runtime::perf_budget;
use tables::{item, purchase};

mod tables {
    diesel::table! {
        purchase (id) {
            id -> BigInt,
            user -> BigInt,
        }
    }

    diesel::table! {
        item (purchase, place) {
            purchase -> BigInt,
            place -> BigInt,
            product -> Text,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(purchase, item);
}

/// A connection in memory that counts every statement it runs as `sql`.
fn watched() -> SqliteConnection {
    let mut connection = SqliteConnection::establish(":memory:").expect("SQLite opens in memory");
    connection.set_instrumentation(|event: InstrumentationEvent<'_>| {
        let starts = matches!(event, InstrumentationEvent::StartQuery { .. });
        perf_runtime::count("sql", u64::from(starts));
    });
    connection
}

/// Fifty orders of three items.
fn shelf() -> SqliteConnection {
    let mut connection = watched();
    let tables = "
        CREATE TABLE purchase (id INTEGER PRIMARY KEY, user INTEGER NOT NULL);
        CREATE TABLE item (
            purchase INTEGER NOT NULL REFERENCES purchase,
            place    INTEGER NOT NULL,
            product  TEXT NOT NULL,
            PRIMARY KEY (purchase, place)
        );
    ";
    connection
        .batch_execute(tables)
        .expect("SQLite makes the tables");
    let purchases: Vec<_> = (1..=50)
        .map(|id| (purchase::id.eq(id), purchase::user.eq(7)))
        .collect();
    let items: Vec<_> = (1..=50)
        .flat_map(|id| ["tea", "cup", "pot"].map(|product| (id, product)))
        .zip(0..)
        .map(|((id, product), place)| {
            let place = item::place.eq(place);
            (item::purchase.eq(id), place, item::product.eq(product))
        })
        .collect();
    let added = diesel::insert_into(purchase::table)
        .values(purchases)
        .execute(&mut connection);
    assert_eq!(added, Ok(50));
    let added = diesel::insert_into(item::table)
        .values(items)
        .execute(&mut connection);
    assert_eq!(added, Ok(150));
    connection
}

/// What was bought, an order after the other.
type Orders = Vec<(i64, Vec<String>)>;

fn joined(connection: &mut SqliteConnection) -> QueryResult<Orders> {
    let rows: Vec<(i64, Option<String>)> = purchase::table
        .left_join(item::table.on(item::purchase.eq(purchase::id)))
        .filter(purchase::user.eq(7))
        .order((purchase::id, item::place))
        .select((purchase::id, item::product.nullable()))
        .load(connection)?;
    let mut orders = Orders::new();
    for (id, product) in rows {
        if orders.last().is_none_or(|(last, _)| *last != id) {
            orders.push((id, Vec::new()));
        }
        if let Some((_, products)) = orders.last_mut() {
            products.extend(product);
        }
    }
    Ok(orders)
}

/// One query for the orders, and one more for each of them.
fn one_by_one(connection: &mut SqliteConnection) -> QueryResult<Orders> {
    let ids: Vec<i64> = purchase::table
        .filter(purchase::user.eq(7))
        .order(purchase::id)
        .select(purchase::id)
        .load(connection)?;
    ids.into_iter()
        .map(|id| {
            let products = item::table
                .filter(item::purchase.eq(id))
                .order(item::place)
                .select(item::product)
                .load(connection)?;
            Ok((id, products))
        })
        .collect()
}

#[test]
fn both_ways_read_the_same() {
    let mut connection = shelf();
    let orders = joined(&mut connection).expect("SQLite reads");
    assert_eq!(orders.len(), 50);
    let (last, products) = &orders[49];
    assert_eq!((*last, products.join(" ")), (50, "tea cup pot".to_owned()));
    assert_eq!(one_by_one(&mut connection), Ok(orders));
}

/// The joined query is one, for fifty orders as for one.
#[perf_budget(count("sql", max = 1), setup = shelf, group = "query")]
fn the_orders_of_a_user_are_one_query(connection: &mut SqliteConnection) -> QueryResult<Orders> {
    joined(connection)
}

/// 51 queries for 50 orders. It fails in every build, because a count is the
/// same everywhere.
#[perf_budget(
    count("sql", max = 4),
    setup = shelf,
    ignore = "shows what a loop of queries looks like",
    group = "query"
)]
fn a_query_for_each_order(connection: &mut SqliteConnection) -> QueryResult<Orders> {
    one_by_one(connection)
}
