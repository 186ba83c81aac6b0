//! Takes the allocator's own sources, and puts loom's atomics and statics in the place of
//! the standard library's, whose every order loom can try.

use std::path::Path;
use std::{env, fs};

const SOURCES: &str = "../../perf-runtime/src/system/alloc";
/// What hands the counts of a slot to the thread that takes it over, and what would not.
const HAND_OVER: [&str; 2] = [
    "self.taken.store(false, Ordering::Release)",
    "self.taken.store(false, Ordering::Relaxed)",
];

fn main() {
    let slots = modelled("slots.rs");
    let [sound, planted] = HAND_OVER;
    assert_eq!(slots.matches(sound).count(), 1, "the hand-over of a slot");
    write("planted.rs", &slots.replace(sound, planted));
    write("slots.rs", &slots);
    write("ledger.rs", &modelled("ledger.rs"));
}

fn write(name: &str, text: &str) {
    let folder = env::var_os("OUT_DIR").expect("cargo says it");
    fs::write(Path::new(&folder).join(name), text).expect("a file can be written");
}

fn modelled(name: &str) -> String {
    let path = Path::new(SOURCES).join(name);
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path).expect("the source is there");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut out = String::new();
    let mut in_static = false;
    for line in code.lines().filter(|line| !line.starts_with("//!")) {
        // Those of loom are made anew for each order, and are no constants.
        if let Some(rest) = line.strip_prefix("static ") {
            in_static = true;
            out += &format!("loom::lazy_static! {{ static ref {rest}\n");
        } else {
            out += &format!("{line}\n");
        }
        if in_static && line.ends_with(';') {
            in_static = false;
            out += "}\n";
        }
    }
    let out = out
        .replace("use std::sync::atomic::", "use loom::sync::atomic::")
        .replace("const fn ", "fn ")
        .replace("thread_local! {", "loom::thread_local! {")
        .replace("= const {\n", "= {\n");
    assert!(out.contains("loom::lazy_static!") && out.contains("use loom::sync::atomic::"));
    out
}
