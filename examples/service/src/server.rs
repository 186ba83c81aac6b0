//! What the shop answers over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET /health` | 204 when the database can be asked |
//! | `POST /users`, a [`Name`] | 201, or 409 where the name is taken |
//! | `POST /sessions`, a [`Name`] | 201 and a [`Session`], or 401 |
//! | `POST /orders`, a list of [`Order`] | 201, or 401 |
//! | `GET /orders` | 200 and a list of [`Order`], or 401 |
//!
//! Those about orders come with the session, `authorization: Bearer TOKEN`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::Store;
use crate::orders::Order;
use crate::store::Token;

/// What a user signs in with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Name {
    /// What the user is called.
    pub name: String,
    /// What only the user knows.
    pub password: String,
}

/// What a user who is signed in shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Its secret.
    pub token: String,
}

/// A server on this machine, with separate threads, that ends when it is
/// dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    /// `None` while it is dropped.
    runtime: Option<Runtime>,
    serving: JoinHandle<io::Result<()>>,
}

/// How long requests may take to end when the server does.
const PATIENCE: Duration = Duration::from_secs(1);

impl Server {
    /// Serves the database at `path`; port 0 is any that is free.
    ///
    /// # Errors
    /// If the database cannot be opened, or the port is taken.
    pub fn start(path: &Path, port: u16) -> io::Result<Server> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let (address, serving) = runtime.block_on(async {
            let store = Store::open(path).await.map_err(io::Error::other)?;
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            let service = axum::serve(listener, router(store));
            io::Result::Ok((address, tokio::spawn(service.into_future())))
        })?;
        Ok(Server {
            address,
            runtime: Some(runtime),
            serving,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it can serve no longer.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn wait(mut self) -> io::Result<()> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(&mut self.serving)?,
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

fn router(store: Store) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/users", post(sign_up))
        .route("/sessions", post(sign_in))
        .route("/orders", post(place_orders).get(orders))
        .with_state(store)
}

async fn health(State(store): State<Store>) -> Result<StatusCode, Refusal> {
    store.is_ready().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sign_up(State(store): State<Store>, Json(who): Json<Name>) -> Result<StatusCode, Refusal> {
    store.add_user(&who.name, &who.password).await?;
    Ok(StatusCode::CREATED)
}

async fn sign_in(
    State(store): State<Store>,
    Json(who): Json<Name>,
) -> Result<(StatusCode, Json<Session>), Refusal> {
    let begun = store.sign_in(&who.name, &who.password).await?;
    let Token(token) = begun.ok_or(Refusal::Unknown)?;
    Ok((StatusCode::CREATED, Json(Session { token })))
}

async fn place_orders(
    State(store): State<Store>,
    headers: HeaderMap,
    Json(orders): Json<Vec<Order>>,
) -> Result<StatusCode, Refusal> {
    let user = signed_in(&store, &headers).await?;
    store.add_orders(user, &orders).await?;
    Ok(StatusCode::CREATED)
}

async fn orders(
    State(store): State<Store>,
    headers: HeaderMap,
) -> Result<Json<Vec<Order>>, Refusal> {
    let user = signed_in(&store, &headers).await?;
    Ok(Json(store.orders(user).await?))
}

/// The user whose session came with a request.
async fn signed_in(store: &Store, headers: &HeaderMap) -> Result<i64, Refusal> {
    let value = headers.get(header::AUTHORIZATION);
    let shown = value.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = Token(shown.ok_or(Refusal::Unknown)?.to_owned());
    store.user_of(&token).await?.ok_or(Refusal::Unknown)
}

/// Why a request is not granted.
#[derive(Debug)]
enum Refusal {
    /// No user has this name and password, or this session.
    Unknown,
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Refusal {
        Refusal::Database(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let answer = match self {
            Refusal::Unknown => (StatusCode::UNAUTHORIZED, "nobody is known so".to_owned()),
            Refusal::Database(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                (StatusCode::CONFLICT, "the name is taken".to_owned())
            }
            Refusal::Database(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        };
        answer.into_response()
    }
}
