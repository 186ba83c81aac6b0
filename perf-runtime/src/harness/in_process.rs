//! Runs a session on a separate thread, and continues without a case that hangs.

use std::sync::Arc;
use std::time::Duration;

use crate::harness::session::{Lost, Observer, Options, Session};
use crate::harness::watchdog::Watchdog;
use crate::model::problem::{Mistakes, Problem};
use crate::system::lock;
use crate::system::mailbox::{Nothing, mailbox};
use crate::system::threads;
use crate::system::worker_env::WorkerEnv;

/// How often the watcher looks.
const LOOK: Duration = Duration::from_millis(250);

/// Measures the cases of the options. A case that hangs fails, and is left behind on
/// its thread; the others are measured again from the beginning, because what
/// they were in the middle of is lost.
///
/// # Errors
/// Every mistake of the configuration.
pub(crate) fn run<O: Observer>(
    mut options: Options,
    surroundings: &Arc<WorkerEnv>,
    observer: impl Fn() -> O + Clone + Send + 'static,
) -> Result<(), Mistakes> {
    loop {
        let watchdog = Watchdog::default();
        let (tell, told) = mailbox(1);
        let (own, watched) = (options.clone(), watchdog.clone());
        let (around, observer) = (Arc::clone(surroundings), observer.clone());
        let measure = move || {
            let measured = Session::new(&own, &around).map(|mut session| {
                session.watch(watched);
                session.run(&mut observer());
            });
            // A session that was given up has no receiver any more.
            tell.send(measured);
        };
        if let Err(error) = threads::start("perf-budgets", Box::new(measure)) {
            return Err(Problem::no_thread("to measure on", &format!("{error}")).into());
        }
        loop {
            match told.receive(LOOK) {
                Ok(measured) => return measured,
                // It panicked outside of any case; the waiting tests get the error.
                Err(Nothing::Disconnected) => return Ok(()),
                Err(Nothing::Timeout) => {}
            }
            if let Some(overdue) = watchdog.overdue() {
                // It goes on holding its turn and the machine's lock.
                lock::abandon();
                options.lost.push(Lost {
                    loss: overdue.loss(),
                    id: overdue.id,
                });
                break;
            }
        }
    }
}
