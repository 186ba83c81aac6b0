//! Many users at the same time: ten sign in against one SQLite file.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use examples::accounts::{Accounts, Refused};
use perf_runtime::perf_budget;
use tempfile::TempDir;

/// Where the databases are; the folder goes with the process's last user.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a folder can be made"));

/// A separate file for each case, with a hundred accounts.
fn accounts() -> Accounts {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let file = FILES.fetch_add(1, Ordering::Relaxed);
    let path = FOLDER.path().join(format!("accounts-{file}.sqlite"));
    let accounts = Accounts::open(&path).expect("it can be made");
    for n in 0..100 {
        let (name, token) = (format!("user-{n}"), format!("token-{n}"));
        accounts.add(&name, &token).expect("the name is new");
    }
    accounts
}

#[test]
fn who_has_no_account_is_refused() {
    let accounts = accounts();
    let session = accounts.sign_in("user-7", "token-7");
    assert_eq!(session.expect("there is such an account"), 1);
    assert!(matches!(
        accounts.sign_in("user-7", "token-8"),
        Err(Refused::Unknown)
    ));
}

/// `threads = 10`: ten users begin at the same time, and each signs in again
/// as soon as it is signed in. Four of five must succeed; every time limit
/// and the throughput hold for the users together.
#[perf_budget(
    threads = 10,
    errors = "20%",
    p99 = "2s",
    throughput = "50/s",
    setup = accounts,
    group = "users",
    tags = ["threads", "disk"],
    id = "PERF020"
)]
fn ten_users_sign_in(accounts: &Accounts) -> Result<i64, Refused> {
    accounts.sign_in("user-7", "token-7")
}

/// `degradation`: how much slower the typical call is with ten users than with
/// one. Reading does not wait for others; what is left is the pool's lock.
#[perf_budget(
    threads = 10,
    degradation = "20x",
    p99 = "500ms",
    setup = accounts,
    group = "users",
    tags = ["threads", "disk"]
)]
fn ten_users_are_recognised(accounts: &Accounts) -> Result<i64, Refused> {
    accounts.verify("user-7", "token-7")
}

/// An open loop: 200 calls begin in a second, whatever became of those before,
/// and a call's time counts from when it should have begun.
#[perf_budget(
    threads = 10,
    rate = "200/s",
    p50 = "200ms",
    setup = accounts,
    group = "users",
    tags = ["threads", "disk"]
)]
fn two_hundred_a_second_are_recognised(accounts: &Accounts) -> Result<i64, Refused> {
    accounts.verify("user-7", "token-7")
}

/// Getting a connection is a separate part.
#[perf_budget(threads = 10, p99 = "10ms", setup = accounts, group = "users", tags = ["threads"])]
fn a_connection_is_lent_fast(accounts: &Accounts) -> rusqlite::Result<()> {
    accounts.with(|_| Ok(()))
}
