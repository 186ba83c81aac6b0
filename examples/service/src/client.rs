//! A client of the shop: HTTP/1.1 over connections that stay open.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::orders::Order;
use crate::server::{Name, Session};

/// Talks to a server, for many threads at the same time.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    /// Connections that are not in use.
    idle: Mutex<Vec<TcpStream>>,
}

/// Why a request was not granted.
#[derive(Debug)]
pub enum Error {
    /// The server answered with this status, and these words.
    Refused(u16, String),
    /// The connection broke, or something else than HTTP came through it.
    Connection(io::Error),
}

/// More headers are no answer of this server.
const HEADERS: usize = 16;

impl Client {
    /// A client of the server at this address.
    #[must_use]
    pub fn new(address: SocketAddr) -> Client {
        Client {
            address,
            idle: Mutex::default(),
        }
    }

    /// Makes a new user.
    ///
    /// # Errors
    /// If the name is taken, or the server cannot be reached.
    pub fn sign_up(&self, name: &str, password: &str) -> Result<(), Error> {
        let who = Name {
            name: name.to_owned(),
            password: password.to_owned(),
        };
        self.request("POST /users", "", &body(&who)?)?;
        Ok(())
    }

    /// Begins a session.
    ///
    /// # Errors
    /// If no user has this name and password, or the server cannot be reached.
    pub fn sign_in(&self, name: &str, password: &str) -> Result<Session, Error> {
        let who = Name {
            name: name.to_owned(),
            password: password.to_owned(),
        };
        read(&self.request("POST /sessions", "", &body(&who)?)?)
    }

    /// Adds orders of the user of this session.
    ///
    /// # Errors
    /// If no user has it, or the server cannot be reached.
    pub fn place_orders(&self, session: &Session, orders: &[Order]) -> Result<(), Error> {
        self.request("POST /orders", &session.token, &body(&orders)?)?;
        Ok(())
    }

    /// The orders of the user of this session.
    ///
    /// # Errors
    /// If no user has it, or the server cannot be reached.
    pub fn orders(&self, session: &Session) -> Result<Vec<Order>, Error> {
        read(&self.request("GET /orders", &session.token, &[])?)
    }

    /// Sends a request through a connection that is idle, or a new one, and
    /// gives back what was answered.
    fn request(&self, what: &str, token: &str, body: &[u8]) -> Result<Vec<u8>, Error> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(self.address)?,
        };
        let length = body.len();
        let mut text = format!(
            "{what} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
        .into_bytes();
        text.extend_from_slice(body);
        connection.write_all(&text)?;
        let (status, body) = answer(&mut connection)?;
        self.idle().push(connection);
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let words = String::from_utf8_lossy(&body).into_owned();
        Err(Error::Refused(status, words))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    Ok(connection)
}

/// Reads one answer, all of it: what follows is another's.
fn answer(connection: &mut TcpStream) -> io::Result<(u16, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = connection.read(&mut part)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&part[..read]);
        if let Some((status, start, length)) = head(&bytes)?
            && bytes.len() >= start + length
        {
            return Ok((status, bytes.split_off(start)));
        }
    }
}

/// The status of an answer, where its body starts, and how long that is; `None`
/// where more is to come.
fn head(bytes: &[u8]) -> io::Result<Option<(u16, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(bytes).map_err(io::Error::other)?;
    let (httparse::Status::Complete(start), Some(status)) = (parsed, response.code) else {
        return Ok(None);
    };
    let is_length =
        |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case("content-length");
    let length = response.headers.iter().find(is_length);
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
    match length {
        Some(length) => Ok(Some((status, start, length))),
        None => Err(io::Error::other("an answer without `content-length`")),
    }
}

fn body(value: &impl Serialize) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    Ok(serde_json::from_slice(bytes).map_err(io::Error::from)?)
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Connection(error)
    }
}
