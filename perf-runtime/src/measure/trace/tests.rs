//! Recording, on a clock that the test sets and on real threads.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::recorder::{Key, Store, entered, left};
use super::*;

/// One recording at a time: these tests take turns.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn all_spans() -> Options {
    Options {
        spans: Spans::All,
        ..Options::default()
    }
}

/// A store that tests of the sums use through the same functions as the
/// subscriber, at times that they set.
static SCRIPTED: Mutex<Store> = Mutex::new(Store::new());

fn scripted() -> MutexGuard<'static, Store> {
    SCRIPTED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(name: &'static str) -> Key {
    scripted().opened(name)
}

fn inside(key: Key, from_ns: u64, to_ns: u64, f: impl FnOnce()) {
    entered(scripted, key, || from_ns);
    f();
    left(scripted, key, to_ns);
}

#[track_caller]
fn check(recorded: &Recorded, expected: &[(&str, usize, &[u64], u64, u64)]) {
    let found: Vec<_> = recorded
        .spans
        .iter()
        .map(|one| (&*one.name, one.depth, &*one.ns, one.busy_ns, one.self_ns))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn self_time_is_what_no_span_inside_took() {
    let _turn = turn();
    scripted().begin(all_spans());
    let (whole, part) = (open("whole"), open("part"));
    inside(whole, 100, 1_000, || {
        inside(part, 200, 500, || {});
        let again = open("part");
        inside(again, 600, 650, || {});
        scripted().closed(again);
    });
    scripted().closed(part);
    scripted().closed(whole);
    check(
        &scripted().taken(),
        &[
            ("whole", 0, &[900], 900, 550),
            ("part", 1, &[50, 300], 350, 350),
        ],
    );
}

#[test]
fn a_span_that_is_entered_again_and_again_is_busy_for_less_than_it_lasts() {
    let _turn = turn();
    scripted().begin(all_spans());
    let future = open("future");
    inside(future, 0, 10, || {});
    inside(future, 500, 530, || {});
    // Another thread finishes it.
    thread::scope(|scope| {
        scope.spawn(|| inside(future, 900, 905, || {}));
    });
    scripted().closed(future);
    check(&scripted().taken(), &[("future", 0, &[905], 45, 45)]);
}

#[test]
fn a_span_that_was_never_entered_or_is_open_still_has_no_time() {
    let _turn = turn();
    scripted().begin(all_spans());
    let (never, open_still) = (open("never"), open("open"));
    entered(scripted, open_still, || 5);
    scripted().closed(never);
    check(&scripted().taken(), &[]);
    // Its end belongs to no later recording, and frees its place on the thread.
    left(scripted, open_still, 9);
    scripted().closed(open_still);
    let next = open("next");
    inside(next, 10, 12, || {});
    scripted().closed(next);
    check(&scripted().taken(), &[("next", 0, &[2], 2, 2)]);
}

#[test]
fn spans_left_in_another_order_than_they_were_entered_keep_their_times() {
    let _turn = turn();
    scripted().begin(all_spans());
    let (a, b) = (open("a"), open("b"));
    entered(scripted, a, || 0);
    entered(scripted, b, || 10);
    left(scripted, a, 20);
    left(scripted, b, 40);
    scripted().closed(a);
    scripted().closed(b);
    let recorded = scripted().taken();
    check(
        &recorded,
        &[("a", 0, &[20], 20, 20), ("b", 1, &[30], 30, 30)],
    );
}

#[test]
fn a_span_closes_with_its_last_handle() {
    let _turn = turn();
    scripted().begin(all_spans());
    let key = open("shared");
    scripted().cloned(key);
    inside(key, 1, 3, || {});
    assert!(!scripted().dropped(key));
    assert!(scripted().dropped(key));
    assert!(!scripted().dropped(Key::LOST));
    check(&scripted().taken(), &[("shared", 0, &[2], 2, 2)]);
}

#[test]
fn an_event_counts_for_its_target_and_those_above() {
    let _turn = turn();
    let options = Options {
        events: ["sqlx", "sqlx::query", "sqlx::que", "other"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    };
    scripted().begin(options);
    assert!(scripted().wants_event("sqlx::query"));
    assert!(!scripted().wants_event("sqlxy"));
    assert!(!scripted().wants_span("sqlx"));
    scripted().event("sqlx::query", "SELECT 1");
    scripted().event("sqlx::pool::acquire", "");
    let expected = [("sqlx".to_owned(), 2), ("sqlx::query".to_owned(), 1)];
    let recorded = scripted().taken();
    assert_eq!(recorded.events, expected);
    // Nothing was said twice.
    assert_eq!(recorded.repeated, []);
    // It begins anew.
    assert_eq!(scripted().taken(), Recorded::default());
}

#[test]
fn what_events_say_most_often_is_kept() {
    let _turn = turn();
    let options = Options {
        events: vec!["sqlx".to_owned()],
        ..Options::default()
    };
    scripted().begin(options);
    let each = "SELECT name FROM items WHERE id = ?";
    for text in ["SELECT id FROM orders", each, "", "", "", each, "BEGIN"] {
        scripted().event("sqlx::query", text);
    }
    // More different ones than are told apart are still counted.
    for id in 0..1_000 {
        scripted().event("sqlx::query", &format!("SELECT {id}"));
    }
    let recorded = scripted().taken();
    assert_eq!(recorded.events, [("sqlx".to_owned(), 1_007)]);
    let expected = Repeated {
        target: "sqlx".to_owned(),
        text: each.to_owned(),
        count: 2,
    };
    assert_eq!(recorded.repeated, [expected]);
}

#[test]
fn buffers_end_and_say_so() {
    let _turn = turn();
    scripted().begin(all_spans());
    let keys: Vec<Key> = (0..70_000).map(|_| open("many")).collect();
    assert_eq!(keys.last(), Some(&Key::LOST));
    let recorded = scripted().taken();
    assert!(recorded.full);
    scripted().begin(Options::default());
    for n in 0..600_u64 {
        scripted().count(Box::leak(format!("c{n}").into_boxed_str()), n);
    }
    let recorded = scripted().taken();
    assert!(recorded.full && recorded.counters.len() < 600);
}

#[test]
fn counters_are_added_up_over_threads_while_a_recording_runs_and_not_else() {
    let _turn = turn();
    count("tea", 1);
    let mut recording = Recording::start(Options::default()).unwrap();
    count("tea", 10);
    recording.during(|| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| count("tea", 100));
            }
        });
        count("milk", 0);
    });
    count("tea", 1_000);
    assert!(
        Recording::start(Options::default())
            .is_err_and(|why| why.to_string().contains("another recording"))
    );
    let mut counters = recording.finish().counters;
    counters.sort();
    assert_eq!(counters, [("milk".to_owned(), 0), ("tea".to_owned(), 400)]);
    count("tea", 1);
    let recording = Recording::start(Options::default()).unwrap();
    assert_eq!(recording.finish(), Recorded::default());
}

#[test]
fn a_panic_ends_the_recording() {
    let _turn = turn();
    let caught = std::panic::catch_unwind(|| {
        let mut recording = Recording::start(Options::default()).unwrap();
        recording.during(|| panic!("oh"));
    });
    assert!(caught.is_err());
    assert!(!ON.load(Ordering::SeqCst) && !ARMED.load(Ordering::SeqCst));
}

#[cfg(not(feature = "tracing"))]
#[test]
fn without_the_feature_the_reason_says_what_to_switch_on() {
    let why = Recording::start(all_spans()).map(|_| ()).unwrap_err();
    assert!(
        why.line().contains("need the Cargo feature `tracing`"),
        "{why}"
    );
}

#[cfg(feature = "tracing")]
mod real {
    use tracing::{Level, debug, debug_span, event, info, info_span, trace_span};

    use super::*;

    fn options() -> Options {
        Options {
            events: vec!["trace_tests".to_owned()],
            ..all_spans()
        }
    }

    fn names(recorded: &Recorded) -> Vec<(&str, usize, u64)> {
        let spans = recorded.spans.iter();
        spans
            .map(|one| (&*one.name, one.depth, one.count))
            .collect()
    }

    #[test]
    fn spans_and_events_of_every_thread_are_seen_while_recording_and_not_else() {
        let _turn = turn();
        let mut recording = Recording::start(options()).unwrap();
        let work = |n: u32| {
            let _outer = debug_span!("outer", n).entered();
            debug!(target: "trace_tests::query", n, "asked");
            event!(target: "elsewhere", Level::ERROR, "not asked for");
            for _ in 0..2 {
                debug!(target: "trace_tests::sql", { db.statement = "", summary = "SELECT\n  1" }, "done");
            }
            info_span!("inner").in_scope(|| std::hint::black_box(n));
        };
        work(0);
        recording.during(|| {
            work(1);
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| work(2));
                }
            });
            // What libraries ask before they make an event.
            assert!(tracing::enabled!(target: "trace_tests::query", Level::DEBUG));
            assert!(!tracing::enabled!(target: "elsewhere", Level::ERROR));
        });
        work(3);
        let recorded = recording.finish();
        assert_eq!(names(&recorded), [("outer", 0, 4), ("inner", 1, 4)]);
        assert_eq!(recorded.events, [("trace_tests".to_owned(), 12)]);
        let said: Vec<_> = recorded
            .repeated
            .iter()
            .map(|one| (&*one.text, one.count))
            .collect();
        assert_eq!(said, [("SELECT 1", 8)]);
        for one in &recorded.spans {
            assert_eq!(one.ns.len(), 4);
            assert_eq!(one.ns.iter().sum::<u64>(), one.total_ns);
            assert_eq!(one.busy_ns, one.total_ns);
        }
        assert!(recorded.spans[0].self_ns <= recorded.spans[0].busy_ns);
        // There is no listener any more.
        assert!(!tracing::enabled!(target: "trace_tests::query", Level::DEBUG));
        assert!(debug_span!("outer").is_disabled());
    }

    #[test]
    fn a_span_made_in_a_call_and_finished_on_a_worker_is_that_call_s() {
        let _turn = turn();
        let (send, jobs) =
            std::sync::mpsc::channel::<(tracing::Span, std::sync::mpsc::Sender<()>)>();
        let worker = thread::spawn(move || {
            for (span, done) in jobs {
                span.in_scope(|| info!(target: "trace_tests", "worked"));
                drop(span);
                done.send(()).unwrap();
            }
        });
        let mut recording = Recording::start(options()).unwrap();
        for _ in 0..2 {
            recording.during(|| {
                let span = trace_span!("job");
                span.in_scope(|| ());
                let (done, wait) = std::sync::mpsc::channel();
                send.send((span, done)).unwrap();
                wait.recv().unwrap();
            });
            let recorded = recording.take();
            assert_eq!(names(&recorded), [("job", 0, 1)]);
            assert_eq!(recorded.events, [("trace_tests".to_owned(), 1)]);
        }
        drop(send);
        worker.join().unwrap();
    }

    #[test]
    fn spans_of_other_threads_can_be_left_out_and_are_then_counted() {
        let _turn = turn();
        #[track_caller]
        fn check(others: Others, expected: (u64, u64)) {
            let options = Options {
                spans: Spans::Named(vec!["mine".to_owned()]),
                others,
                ..Options::default()
            };
            let mut recording = Recording::start(options).unwrap();
            recording.during(|| {
                let work = || {
                    info_span!("mine").in_scope(|| ());
                    info_span!("other").in_scope(|| ());
                };
                work();
                thread::scope(|scope| {
                    scope.spawn(work);
                });
            });
            let recorded = recording.finish();
            let (count, elsewhere) = expected;
            assert_eq!(names(&recorded), [("mine", 0, count)]);
            assert_eq!(recorded.spans[0].elsewhere, elsewhere);
        }
        check(Others::Recorded, (2, 0));
        check(Others::Counted, (2, 1));
        check(Others::LeftOut, (1, 1));
    }

    #[cfg(feature = "layer")]
    #[test]
    fn a_layer_in_another_subscriber_sees_what_is_recorded_and_nothing_else() {
        use tracing_subscriber::prelude::*;

        let _turn = turn();
        // Ours is there for the other tests of this process.
        ensure_subscribed().unwrap();
        let registry = tracing_subscriber::registry().with(recording_layer());
        tracing::subscriber::with_default(registry, || {
            let work = || {
                let outer = debug_span!("layered");
                outer.in_scope(|| debug_span!("layered inner").in_scope(|| ()));
                outer.in_scope(|| debug!(target: "trace_tests::layer", "asked"));
            };
            work();
            let mut recording = Recording::start(options()).unwrap();
            recording.during(work);
            work();
            let recorded = recording.finish();
            let expected = [("layered", 0, 1), ("layered inner", 1, 1)];
            assert_eq!(names(&recorded), expected);
            assert_eq!(recorded.events, [("trace_tests".to_owned(), 1)]);
            assert!(recorded.spans[0].busy_ns <= recorded.spans[0].total_ns);
            assert!(debug_span!("layered").is_disabled());
        });
    }
}
