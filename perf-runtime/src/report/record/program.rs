//! What a program used that each call starts, as a record holds it.

use crate::model::sample::Program;
use crate::report::json::Json;

pub(super) fn program(json: &mut Json, program: &Program) {
    json.whole("starts", program.starts);
    json.maybe_number("user_ns", program.user_ns);
    json.maybe_number("system_ns", program.system_ns);
    json.maybe_number("max_rss_bytes", program.max_rss_bytes);
}
