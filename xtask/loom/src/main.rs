//! The ledgers and slots of the counting allocator, in every order in which threads can
//! use them, and under every value that a relaxed load may see.
//!
//! The sources are those of perf-runtime: see `build.rs`. What allocates is played: loom
//! calls `took` and `gave` as the allocator does.

#![allow(dead_code, reason = "parts of the allocator that no model plays")]
#![allow(unused_doc_comments, reason = "statics stand within a macro of loom")]

mod model {
    pub mod sample {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scope {
            Thread,
            Process,
        }
    }
}

mod sound {
    include!("models.rs");

    mod slots {
        include!(concat!(env!("OUT_DIR"), "/slots.rs"));
    }
}

/// With a hand-over that hands nothing over.
mod planted {
    include!("models.rs");

    mod slots {
        include!(concat!(env!("OUT_DIR"), "/planted.rs"));
    }
}

fn main() {
    let models: [(&str, fn()); 4] = [
        (
            "a slot that is taken over keeps what was counted",
            sound::a_slot_is_taken_over,
        ),
        (
            "the counts and the peak of a process are exact",
            sound::a_process_is_counted,
        ),
        (
            "what another thread does during a region is noticed",
            sound::another_thread_is_noticed,
        ),
        (
            "regions of two threads that overlap are both marked",
            sound::regions_overlap,
        ),
    ];
    for (name, model) in models {
        model();
        println!("{name}");
    }
    // Its panic is no news.
    std::panic::set_hook(Box::new(|_| {}));
    let caught = std::panic::catch_unwind(planted::a_slot_is_taken_over);
    assert!(
        caught.is_err(),
        "a hand-over that is relaxed has to be seen"
    );
    println!("a planted mistake is caught");
}
