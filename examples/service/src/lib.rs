//! A small shop: users who sign in, and their orders.
//!
//! A server of axum on top ([`server`]), SQLite through sqlx below ([`store`],
//! [`orders`]). The program is an ordinary one; what it is here for are the
//! performance budgets in `tests/`.

pub mod password;

pub mod store;

pub mod orders;

pub mod server;

pub mod client;

pub use client::Client;
pub use server::Server;
pub use store::Store;
