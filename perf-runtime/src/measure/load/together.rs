//! Futures that take turns on one thread: each is polled when it was woken, and
//! no other.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Polls in a row, where this many are due: a runtime looks at timers and sockets
/// in between, which costs about as much as a short call.
const MOST_TURNS: usize = 64;

/// A future without a result.
pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Ends when all of them have ended.
///
/// NOTE: polling all of them whenever one was woken was rejected: what that
/// costs would be in the times of the calls, and grow with the users.
pub(super) struct Together {
    tasks: Vec<Option<(Task, Arc<Bell>)>>,
    woken: Arc<Woken>,
}

/// Those that are to be polled.
#[derive(Default)]
struct Woken {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    places: VecDeque<usize>,
    /// The thread that polls all of them.
    whole: Option<Waker>,
}

/// What wakes one of them.
struct Bell {
    place: usize,
    /// It is among the woken.
    rung: AtomicBool,
    woken: Arc<Woken>,
}

impl Together {
    pub(super) fn new(tasks: Vec<Task>) -> Together {
        let woken = Arc::new(Woken::default());
        woken.lock().places.extend(0..tasks.len());
        let with_bell = |(place, task)| {
            let bell = Bell {
                place,
                rung: AtomicBool::new(true),
                woken: Arc::clone(&woken),
            };
            Some((task, Arc::new(bell)))
        };
        let tasks = tasks.into_iter().enumerate().map(with_bell);
        Together {
            tasks: tasks.collect(),
            woken,
        }
    }
}

impl Future for Together {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.woken.lock();
        state.whole = Some(context.waker().clone());
        // However often they wake each other, the runtime has its turn as well.
        let turns = state.places.len().max(MOST_TURNS);
        drop(state);
        for _ in 0..turns {
            let Some(place) = self.woken.lock().places.pop_front() else {
                break;
            };
            let Some((task, bell)) = &mut self.tasks[place] else {
                continue;
            };
            bell.rung.store(false, Ordering::Release);
            let waker = Waker::from(Arc::clone(bell));
            if task
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_ready()
            {
                self.tasks[place] = None;
            }
        }
        if self.tasks.iter().all(Option::is_none) {
            return Poll::Ready(());
        }
        if !self.woken.lock().places.is_empty() {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut state = self.woken.lock();
        state.places.push_back(self.place);
        let whole = state.whole.clone();
        drop(state);
        if let Some(whole) = whole {
            whole.wake();
        }
    }
}
