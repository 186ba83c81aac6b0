//! What sanitizers and Miri check of perf-runtime: everything that touches the system's memory,
//! clock and counters, with its unit tests.
//!
//! The sources are those of perf-runtime, and so are the names of modules and tests. Without
//! the rest it has no macro and reads no file: a sanitizer builds it in a tenth of the time.

// The rest of perf-runtime is what uses it.
#![allow(dead_code, unused_imports)]

#[path = "../../../perf-runtime/src/collections"]
mod collections {
    pub(crate) mod order;

    pub(crate) use perf_grammar::list::{first, mapped, of_word, position};
    pub(crate) use perf_grammar::text::{
        cut, cut_last, joined, lines, owned, parsed, parts, replaced, trim, trim_end, words,
    };
}

#[path = "../../../perf-runtime/src/model"]
mod model {
    pub(crate) mod coded;
    pub(crate) mod misuse;
    pub(crate) mod figure;
    pub(crate) mod unmeasured;
    pub(crate) mod sample;
    pub(crate) mod subject;
    pub(crate) mod case;
    pub(crate) mod plan;
}

#[path = "../../../perf-runtime/src/report"]
mod report {
    pub(crate) mod alloc_sites;
}

#[path = "../../../perf-runtime/src/system"]
mod system {
    pub(crate) mod alloc;
    pub(crate) mod clock;
    pub(crate) mod counters;
}

#[path = "../../../perf-runtime/src/measure"]
mod measure {
    pub(crate) mod adjust;
    pub(crate) mod meter;
}

pub use system::alloc::CountingAllocator;
