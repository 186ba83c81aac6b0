//! Which key may stand in which table.

use perf_grammar::{KEYS, Key, Role};

/// The table a key stands in.
pub(super) struct Home {
    pub(super) kind: Kind,
    /// The profile it belongs to, if any.
    pub(super) profile: Option<String>,
    /// The table as messages call it: `[budget."parser::*"]`.
    pub(super) name: String,
}

/// What kind of table it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The top of the file, or `[profile.NAME]` itself.
    Top,
    Defaults,
    Class,
    Budget,
}

impl Home {
    pub(super) fn new(kind: Kind, profile: Option<&str>, path: &str) -> Home {
        let prefix = profile
            .map(|name| format!("profile.{name}."))
            .unwrap_or_default();
        Home {
            kind,
            profile: profile.map(str::to_owned),
            name: format!("[{prefix}{path}]"),
        }
    }

    pub(super) fn top(profile: Option<&str>) -> Home {
        let name = match profile {
            Some(profile) => format!("[profile.{profile}]"),
            None => "the top of the file".to_owned(),
        };
        Home {
            kind: Kind::Top,
            profile: profile.map(str::to_owned),
            name,
        }
    }

    /// Whether a key of the file may stand here; what to do if not.
    pub(super) fn takes(&self, key: &Key) -> Result<(), String> {
        let prefix = self
            .profile
            .as_ref()
            .map(|name| format!("profile.{name}."))
            .unwrap_or_default();
        let top = match &self.profile {
            Some(name) => format!("write it in [profile.{name}] itself"),
            None => "write it at the top of the file, before the first table".to_owned(),
        };
        match (key.name, self.kind) {
            ("mode" | "slack" | "undecided", Kind::Top) => Ok(()),
            (_, Kind::Top) => Err(format!(
                "write it in [{prefix}defaults], or for some cases in [{prefix}budget.\"PATTERN\"]"
            )),
            ("slack", _) if self.profile.is_none() => Err(
                "it stretches the time limits of one profile: write it in [profile.NAME]"
                    .to_owned(),
            ),
            ("mode" | "slack", Kind::Defaults) => Err(top),
            (_, Kind::Defaults) if matches!(key.role, Role::Limit(_)) => Err(format!(
                "a limit belongs to cases: write it in [{prefix}budget.\"**\"] to hold every case, or in [{prefix}class.NAME]"
            )),
            ("threads" | "rate", Kind::Defaults) => Err(format!(
                "only some functions can be called by many at a time: write it in [{prefix}budget.\"PATTERN\"] or [{prefix}class.NAME]"
            )),
            ("undecided", Kind::Class | Kind::Budget) => Err(format!(
                "it is one setting of the whole run: write it in [{prefix}defaults]"
            )),
            ("false_fail", Kind::Class | Kind::Budget) => Err(format!(
                "it is the chance of the whole run: write it in [{prefix}defaults]"
            )),
            _ => Ok(()),
        }
    }

    /// The words that may stand here, for the nearest one.
    pub(super) fn words(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        for key in KEYS {
            if key.in_file && self.takes(key).is_ok() {
                words.push(key.name);
            }
        }
        if matches!(self.kind, Kind::Class | Kind::Budget) {
            words.extend_from_slice(&["p50", "p75", "p90", "p95", "p99", "p99_9"]);
        }
        words
    }
}
