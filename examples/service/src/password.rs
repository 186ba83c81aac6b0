//! Passwords as they are stored: salted, and hashed again and again.

use sha2::{Digest, Sha256};

/// How often a password is hashed. That is cheap on purpose, so that the
/// budgets show the service and not the hash; a real one takes Argon2.
const TIMES: usize = 16;

/// What is stored of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

/// What makes two equal passwords differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// A salt of no user.
    #[must_use]
    pub fn fresh() -> Salt {
        Salt(random())
    }
}

impl Hash {
    /// The hash of a password.
    #[must_use]
    pub fn of(password: &str, salt: Salt) -> Hash {
        let mut digest = [0; 32];
        for _ in 0..TIMES {
            let hasher = Sha256::new().chain_update(salt.0).chain_update(digest);
            digest = hasher.chain_update(password).finalize().into();
        }
        Hash(digest)
    }

    /// Whether it is the hash of this password. Every byte is looked at, so
    /// that the time does not tell how many are right.
    #[must_use]
    pub fn is_of(&self, password: &str, salt: Salt) -> bool {
        let other = Hash::of(password, salt);
        let pairs = self.0.iter().zip(other.0);
        pairs.fold(0, |differ, (ours, theirs)| differ | (ours ^ theirs)) == 0
    }
}

/// Bytes that cannot be guessed.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    bytes
}
