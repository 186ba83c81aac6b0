//! The orders of a user, and the items of each.

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, QueryBuilder, Row};

use crate::Store;
use crate::store::{Later, rows};

/// What a user bought at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number, which the database gives it.
    #[serde(default)]
    pub id: i64,
    /// What it is of.
    pub items: Vec<Item>,
}

/// A part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub product: String,
    /// What it costs.
    pub cents: i64,
}

/// Rows that one statement adds: it may have this many parameters, and no more.
const AT_ONCE: usize = 1_000;
const ADD_ORDERS: &str = "INSERT INTO purchase (user) ";
const ADD_ITEMS: &str = "INSERT INTO item (purchase, place, product, cents) ";
const ORDERS: &str = "
    SELECT id, product, cents
    FROM purchase LEFT JOIN item ON item.purchase = purchase.id
    WHERE user = ?1
    ORDER BY id, place
";
const IDS: &str = "SELECT id FROM purchase WHERE user = ?1 ORDER BY id";
const ITEMS: &str = "SELECT product, cents FROM item WHERE purchase = ?1 ORDER BY place";

impl Store {
    /// Adds orders of one user, all of them or none, by one statement for each
    /// table; their numbers are not looked at.
    ///
    /// # Errors
    /// If SQLite cannot write.
    pub fn add_orders<'a>(&'a self, user: i64, orders: &'a [Order]) -> Later<'a, ()> {
        Box::pin(async move {
            let mut connection = self.writer().await?;
            let mut transaction = connection.begin().await?;
            let mut items = Vec::new();
            for orders in orders.chunks(AT_ONCE) {
                let mut add = QueryBuilder::new(ADD_ORDERS);
                add.push_values(orders, |mut row, _| {
                    row.push_bind(user);
                });
                let added = rows(&mut transaction, add.push(" RETURNING id").build()).await?;
                for (row, order) in added.iter().zip(orders) {
                    let id: i64 = row.try_get("id")?;
                    let placed = (0_i64..).zip(&order.items);
                    items.extend(placed.map(|(place, item)| (id, place, item)));
                }
            }
            for items in items.chunks(AT_ONCE) {
                let mut add = QueryBuilder::new(ADD_ITEMS);
                add.push_values(items, |mut row, (id, place, item)| {
                    row.push_bind(id).push_bind(place);
                    row.push_bind(&item.product).push_bind(item.cents);
                });
                rows(&mut transaction, add.build()).await?;
            }
            transaction.commit().await
        })
    }

    /// All orders of a user, by one query for both tables.
    ///
    /// # Errors
    /// If SQLite cannot read.
    pub fn orders(&self, user: i64) -> Later<'_, Vec<Order>> {
        Box::pin(async move {
            let found = rows(&mut *self.reader().await?, sqlx::query(ORDERS).bind(user)).await?;
            let mut orders: Vec<Order> = Vec::new();
            for row in &found {
                let id = row.try_get("id")?;
                if orders.last().is_none_or(|order| order.id != id) {
                    let items = Vec::new();
                    orders.push(Order { id, items });
                }
                let is_empty = row.try_get::<Option<&str>, _>("product")?.is_none();
                if let Some(order) = orders.last_mut().filter(|_| !is_empty) {
                    order.items.push(item(row)?);
                }
            }
            Ok(orders)
        })
    }

    /// The numbers of a user's orders.
    ///
    /// # Errors
    /// If SQLite cannot read.
    pub fn order_ids(&self, user: i64) -> Later<'_, Vec<i64>> {
        Box::pin(async move {
            let found = rows(&mut *self.reader().await?, sqlx::query(IDS).bind(user)).await?;
            found.iter().map(|row| row.try_get("id")).collect()
        })
    }

    /// One order; without items where there is none of this number.
    ///
    /// # Errors
    /// If SQLite cannot read.
    pub fn order(&self, id: i64) -> Later<'_, Order> {
        Box::pin(async move {
            let found = rows(&mut *self.reader().await?, sqlx::query(ITEMS).bind(id)).await?;
            let items = found.iter().map(item).collect::<sqlx::Result<_>>()?;
            Ok(Order { id, items })
        })
    }
}

fn item(row: &SqliteRow) -> sqlx::Result<Item> {
    Ok(Item {
        product: row.try_get("product")?,
        cents: row.try_get("cents")?,
    })
}
