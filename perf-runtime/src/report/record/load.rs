//! What the users of a load saw, as a record holds it.

use crate::model::sample::{LoadFigures, UserTimes};
use crate::report::json::Json;

/// Times are of whole calls, whatever the case's items.
pub(super) fn load(json: &mut Json, load: &LoadFigures) {
    json.whole("threads", load.users.len() as u64);
    json.maybe_whole("rate", load.rate);
    json.whole("calls", load.calls());
    json.number("span_ns", load.span_ns);
    json.maybe_number("calls_per_s", load.calls_per_s());
    json.maybe_number("error_share", load.error_share());
    json.maybe_text("first_error", load.error.as_deref());
    json.objects("users", &load.users, &user);
}

fn user(json: &mut Json, user: &UserTimes) {
    json.whole("calls", user.calls);
    json.number("mean", user.mean_ns);
    json.number("max", user.max_ns);
    json.whole("errors", user.errors);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_written_user_by_user() {
        let user = |errors| UserTimes {
            calls: 50,
            mean_ns: 1.5,
            max_ns: 9.0,
            errors,
        };
        let figures = LoadFigures {
            rate: None,
            users: vec![user(0), user(5)],
            span_ns: 1e6,
            error: Some("busy".to_owned()),
        };
        let text = Json::line(|json| load(json, &figures));
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "threads": 2,
            "rate": null,
            "calls": 100,
            "span_ns": 1_000_000,
            "calls_per_s": 100_000,
            "error_share": 0.05,
            "first_error": "busy",
            "users": [
                {"calls": 50, "mean": 1.5, "max": 9, "errors": 0},
                {"calls": 50, "mean": 1.5, "max": 9, "errors": 5},
            ],
        });
        assert_eq!(json, expected);
    }
}
