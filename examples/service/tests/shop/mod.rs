//! A shop that is open, on a separate database.

use service::client::Error;
use service::orders::{Item, Order};
use service::server::Session;
use service::{Client, Server};
use tempfile::TempDir;

/// A server and its clients. Both go with it, and so does the database.
pub(crate) struct Shop {
    pub(crate) client: Client,
    _server: Server,
    _folder: TempDir,
}

/// What the password of every user is.
pub(crate) const PASSWORD: &str = "correct horse";

/// Opens it, for ten users.
pub(crate) fn open() -> Shop {
    let folder = TempDir::new().expect("a folder can be made");
    let path = folder.path().join("shop.sqlite");
    let server = Server::start(&path, 0).expect("the database can be made, and a port is free");
    let client = Client::new(server.address());
    for n in 0..10 {
        let added = client.sign_up(&name(n), PASSWORD);
        added.expect("the name is new");
    }
    Shop {
        client,
        _server: server,
        _folder: folder,
    }
}

/// What the users are called.
pub(crate) fn name(n: usize) -> String {
    format!("user-{n}")
}

/// This many orders of three items.
pub(crate) fn orders(n: usize) -> Vec<Order> {
    let item = |product: &str, cents| Item {
        product: product.to_owned(),
        cents,
    };
    let items = vec![item("tea", 420), item("cup", 950), item("pot", 3_400)];
    vec![Order { id: 0, items }; n]
}

impl Shop {
    /// The session of a user who has ordered this many times.
    pub(crate) fn session(&self, ordered: usize) -> Result<Session, Error> {
        let session = self.client.sign_in(&name(0), PASSWORD)?;
        self.client.place_orders(&session, &orders(ordered))?;
        Ok(session)
    }
}
