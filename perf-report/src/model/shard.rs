//! A part of a run, where many machines share its cases.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which part of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Shard {
    /// From 1 to `total`.
    pub(crate) number: u32,
    pub(crate) total: u32,
}

impl Shard {
    /// A run that is not shared.
    pub(crate) const WHOLE: Shard = Shard {
        number: 1,
        total: 1,
    };

    /// Reads `2/5`.
    ///
    /// # Errors
    /// If it is no part of anything.
    pub(crate) fn parse(text: &str) -> Result<Shard, String> {
        let expected =
            || format!("found `{text}`, expected a part such as 2/5: the second of five");
        let (number, total) = text.split_once('/').ok_or_else(expected)?;
        let [number, total] = [number, total].map(str::parse::<u32>);
        let (Ok(number), Ok(total)) = (number, total) else {
            return Err(expected());
        };
        if number == 0 || number > total {
            return Err(format!(
                "found `{text}`; parts are numbered from 1 to {}",
                total.max(1)
            ));
        }
        Ok(Shard { number, total })
    }

    /// Whether a case is in it. Each case is in one part of any number of parts,
    /// and in the same one on every machine and in every version: the parts are
    /// dealt by a hash of the id. The arguments of a function stay together,
    /// because what is said of their growth needs all of them.
    pub(crate) fn holds(self, id: &str) -> bool {
        let function = id.split('/').next().unwrap_or(id);
        hash(function.as_bytes()) % u64::from(self.total) == u64::from(self.number - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.total)
    }
}

/// FNV-1a of 64 bits, with its high half folded into the low one, which alone
/// decides where there are few parts.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let hash = perf_grammar::fnv1a(bytes);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_written_as_a_fraction() {
        let shard = Shard::parse("2/5").expect("a part");
        assert_eq!((shard.number, shard.total), (2, 5));
        assert_eq!(shard.to_string(), "2/5");
        for (text, part) in [
            ("2", "expected a part such as 2/5"),
            ("a/5", "expected a part"),
            ("0/5", "numbered from 1 to 5"),
            ("6/5", "numbered from 1 to 5"),
            ("0/0", "numbered from 1 to 1"),
        ] {
            let error = Shard::parse(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn each_case_is_in_exactly_one_part_and_the_parts_are_about_equal() {
        let ids: Vec<String> = (0..1000)
            .map(|n| format!("app::m{}::case_{n}", n % 7))
            .collect();
        for total in 1..=8 {
            let parts: Vec<Shard> = (1..=total).map(|number| Shard { number, total }).collect();
            for id in &ids {
                let holders = parts.iter().filter(|shard| shard.holds(id)).count();
                assert_eq!(holders, 1, "{id} of {total}");
            }
            for shard in parts {
                let held = ids.iter().filter(|id| shard.holds(id)).count();
                let share = 1000 / total as usize;
                assert!(held > share / 2 && held < share * 2, "{shard}: {held}");
            }
        }
    }

    /// These may never change: machines of different versions share a run.
    #[test]
    fn the_parts_are_the_same_in_every_version() {
        let part = |id: &str| {
            (1..=5).find(|number| {
                Shard {
                    number: *number,
                    total: 5,
                }
                .holds(id)
            })
        };
        let parts = ["app::fast", "app::slow", "web::page"].map(part);
        assert_eq!(parts, [Some(4), Some(5), Some(1)]);
        assert_eq!(part("app::sorts/10"), part("app::sorts/10000"));
    }
}
