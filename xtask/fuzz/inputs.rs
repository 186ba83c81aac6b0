//! Inputs for ordinary tests of what is fuzzed: those that are kept, and random ones.

use std::fs;
use std::path::Path;

/// Gives each input of `corpus/TARGET` to what is fuzzed.
///
/// # Panics
/// If there is none, or with what is fuzzed, after the name of the input.
pub(crate) fn kept(target: &str, mut fuzzed: impl FnMut(&[u8])) {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = crates.map(|folder| folder.join("xtask/fuzz/corpus").join(target));
    let folder = folders.find(|folder| folder.is_dir());
    let folder = folder.unwrap_or_else(|| panic!("no inputs are kept for {target}"));
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let mut inputs: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "no inputs are kept for {target}");
    for input in inputs {
        // Shown where what follows panics.
        println!("{}", input.display());
        fuzzed(&fs::read(&input).expect("an input can be read"));
    }
}

/// Gives this many texts to what is fuzzed, each a row of a few pieces: the same in every
/// run.
///
/// # Panics
/// With what is fuzzed, after the text.
pub(crate) fn random(pieces: &[&str], texts: u32, mut fuzzed: impl FnMut(&[u8])) {
    let mut state = 0x853c_49e6_748f_ea9b_u64;
    let mut below = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for _ in 0..texts {
        let length = 1 + below(12);
        let text: String = (0..length).map(|_| pieces[below(pieces.len())]).collect();
        println!("{text:?}");
        fuzzed(text.as_bytes());
    }
}
