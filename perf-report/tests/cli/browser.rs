//! Pages in a headless Chromium, without a driver of it: a script is added to a copy of
//! the page, and what it finds is read from the page as it is printed.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// As Debian calls it, and as others do.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Gathers what goes wrong, before anything of the page runs.
const BEFORE: &str = "<head><script>window.wrong = [];
addEventListener('error', (event) => wrong.push(String(event.message)));
addEventListener('securitypolicyviolation', (event) => wrong.push('blocked ' + event.blockedURI));
</script>";

/// Runs the steps, then writes down what they found.
const AFTER: &str = "<pre id='found'></pre><script>
const all = (what, from) => [...(from || document).querySelectorAll(what)];
const one = (what, from) => (from || document).querySelector(what);
const texts = (what) => all(what).map((node) => node.textContent);
const press = (key, target) => (target || document.activeElement).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const later = () => new Promise((done) => setTimeout(done, 60));
// Without a window no frame is drawn, and no event of it comes by itself.
const scrolled = async () => { dispatchEvent(new Event('scroll')); await later(); };
const search = (text) => { const box = one('#search'); box.value = text; box.dispatchEvent(new Event('input')); };
(async () => {
  const found = {};
  try { await (async (found) => { STEPS })(found); } catch (error) { wrong.push(String(error) + error.stack); }
  found.wrong = wrong;
  one('#found').textContent = encodeURIComponent(JSON.stringify(found));
})();
</script></body>";

/// What became of a page.
pub(crate) struct Shown {
    /// The page as it stands in the end.
    pub(crate) page: String,
    /// What was said on the console: lines.
    pub(crate) console: Vec<String>,
}

/// The browser, where one is installed.
pub(crate) fn browser() -> Option<&'static str> {
    static FOUND: OnceLock<Option<&'static str>> = OnceLock::new();
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    *FOUND.get_or_init(|| NAMES.iter().find(starts).copied())
}

/// Opens a page as it is, in a window of this size.
pub(crate) fn open(page: &Path, more: &[&str]) -> Shown {
    let profile = tempfile::tempdir().expect("a folder");
    let output = Command::new(browser().expect("the test is skipped without one"))
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .args(["--disable-extensions", "--disable-background-networking"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let console = said.lines().filter(|line| line.contains(":CONSOLE"));
    Shown {
        page: String::from_utf8_lossy(&output.stdout).into_owned(),
        console: console.map(str::to_owned).collect(),
    }
}

/// Opens a copy of a page that does these steps, and returns what they put into
/// `found`. Nothing may go wrong meanwhile.
#[track_caller]
pub(crate) fn drive(page: &Path, steps: &str) -> Value {
    let text = std::fs::read_to_string(page).expect("the page is there");
    let (before, policy) = text.split_once("script-src '").expect("there is a policy");
    let (_, rest) = policy.split_once('\'').expect("the policy has a hash");
    // Two scripts more are allowed, and the others of the page as before.
    let text = format!("{before}script-src 'unsafe-inline'{rest}");
    let text = text.replacen("<head>", BEFORE, 1);
    let (text, _) = text.rsplit_once("</body>").expect("the page ends");
    let copy = page.with_extension("driven.html");
    let driven = format!("{text}{}", AFTER.replace("STEPS", steps));
    std::fs::write(&copy, driven).expect("written");
    let shown = open(&copy, &["--dump-dom", "--window-size=1400,900"]);
    let found = shown.page.rsplit_once("<pre id=\"found\">");
    let found = found.and_then(|(_, rest)| rest.split_once('<'));
    let (found, _) = found.unwrap_or_else(|| panic!("{:?}\n{}", shown.console, shown.page));
    let found: Value = serde_json::from_str(&decoded(found))
        .unwrap_or_else(|error| panic!("{error}: {found:?} {:?}", shown.console));
    assert_eq!(found["wrong"], serde_json::json!([]), "{:?}", shown.console);
    assert_eq!(shown.console, [""; 0]);
    found
}

/// The reverse of the script's `encodeURIComponent`.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes: Vec<u8> = parts.next().unwrap_or_default().into();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).expect("an escape"));
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).expect("text")
}
