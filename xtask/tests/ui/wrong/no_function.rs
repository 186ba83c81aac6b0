use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
struct Settings;

#[perf_budget(p99 = "1ms")]
pub(crate) enum Choice {
    Left,
}

#[perf_budget(p99 = "1ms")]
mod cases {
    pub(crate) fn one() {}
}

#[perf_budget(p99 = "1ms")]
impl Settings {
    fn new() -> Self {
        Settings
    }
}

#[perf_budget(p99 = "1ms")]
trait Parse {}

#[perf_budget(p99 = "1ms")]
const LIMIT: u32 = 4;

// What stood under the attribute is still there.
impl Parse for Settings {}

fn main() {
    let _: Settings = Settings::new();
    let _ = Choice::Left;
    cases::one();
    assert_eq!(LIMIT, 4);
}
