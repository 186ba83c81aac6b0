// Included into the test targets of the package `chaos`: what a function can do to the
// process that measures it, to its parent and to the machine, by name.
use std::ffi::{c_int, c_long, c_ulong, c_void};
use std::io::Write as _;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

#[repr(C)]
struct Limit {
    soft: c_ulong,
    hard: c_ulong,
}

#[repr(C)]
struct Interval {
    times: [c_long; 4],
}

unsafe extern "C" {
    fn _exit(code: c_int) -> !;
    fn close(descriptor: c_int) -> c_int;
    fn fork() -> c_int;
    fn raise(signal: c_int) -> c_int;
    fn setitimer(which: c_int, new: *const Interval, old: *mut c_void) -> c_int;
    fn setrlimit(which: c_int, limit: *const Limit) -> c_int;
    fn setsid() -> c_int;
    fn signal(signal: c_int, handler: usize) -> usize;
    fn sleep(seconds: u32) -> u32;
    fn umask(mask: u32) -> u32;
}

const SIGTRAP: c_int = 5;
const SIGKILL: c_int = 9;
const SIGALRM: c_int = 14;
const SIGTERM: c_int = 15;
const SIGSTOP: c_int = 19;

/// Does what the variable says; `late:WORD` from the hundredth call on.
pub fn attack(variable: &str) {
    let Ok(word) = std::env::var(variable) else {
        return;
    };
    static CALLS: AtomicU32 = AtomicU32::new(0);
    match word.strip_prefix("late:") {
        Some(word) if CALLS.fetch_add(1, Ordering::Relaxed) >= 100 => act(word),
        Some(_) => {}
        None => act(&word),
    }
}

fn once(what: impl FnOnce()) {
    static ONCE: Once = Once::new();
    ONCE.call_once(what);
}

fn limit(which: c_int, most: c_ulong) {
    let limit = Limit {
        soft: most,
        hard: most,
    };
    unsafe { setrlimit(which, &limit) };
}

fn print(bytes: &[u8]) {
    let mut out = std::io::stdout();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// A message of the worker protocol, as a test would have to print it.
fn forge(message: &str) {
    print(format!("\n\u{1e}{message}\n").as_bytes());
}

fn deeper(n: u64) -> u64 {
    let frame = std::hint::black_box([n; 256]);
    if n == u64::MAX {
        0
    } else {
        deeper(n + 1) + frame[7]
    }
}

struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the payload explodes")
    }
}

struct Local;
impl Drop for Local {
    fn drop(&mut self) {
        drop(std::hint::black_box(vec![1_u8; 5_000]));
    }
}
thread_local!(static LOCAL: Local = const { Local });

extern "C" fn allocates(_: c_int) {
    drop(std::hint::black_box(vec![1_u8; 100]));
}

fn act(word: &str) {
    match word {
        // It panics, or seems to.
        "panic" => panic!("a plain panic"),
        "panic-in-colour" => {
            panic!("\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} <b> | `x`\n## FORGED\n\u{202e}")
        }
        "panic-with-a-number" => std::panic::panic_any(17_u8),
        "panic-with-a-bomb" => std::panic::panic_any(Bomb),
        "panic-in-the-hook" => {
            std::panic::set_hook(Box::new(|_| panic!("in the hook")));
            panic!("the first")
        }
        "exit-in-the-hook" => {
            std::panic::set_hook(Box::new(|_| std::process::exit(0)));
            panic!("the first")
        }
        "panic-in-a-thread" => drop(std::thread::spawn(|| panic!("in a thread")).join()),
        // Its process ends.
        "abort" => std::process::abort(),
        "exit-0" => std::process::exit(0),
        "exit-at-once" => unsafe { _exit(0) },
        "segfault" => unsafe {
            std::hint::black_box(std::ptr::without_provenance_mut::<u8>(8)).write_volatile(1)
        },
        "overflow-the-stack" => drop(std::hint::black_box(deeper(0))),
        "kill" => drop(unsafe { raise(SIGKILL) }),
        "terminate" => drop(unsafe { raise(SIGTERM) }),
        "trap" => drop(unsafe { raise(SIGTRAP) }),
        "abort-in-a-thread" => {
            once(|| {
                drop(std::thread::spawn(|| {
                    std::thread::sleep(Duration::from_millis(30));
                    std::process::abort()
                }))
            });
            std::thread::sleep(Duration::from_millis(1));
        }
        "no-processor-time" => {
            const RLIMIT_CPU: c_int = 0;
            limit(RLIMIT_CPU, 1);
            loop {
                std::hint::spin_loop()
            }
        }
        // It does not end.
        "sleep" => loop {
            std::thread::sleep(Duration::from_secs(1))
        },
        "spin" => loop {
            std::hint::spin_loop()
        },
        "stop" => drop(unsafe { raise(SIGSTOP) }),
        "slow" => std::thread::sleep(Duration::from_millis(700)),
        // It leaves something behind.
        "fork-and-stay" => once(|| unsafe {
            if fork() == 0 {
                sleep(3000);
                _exit(0)
            }
        }),
        "fork-quietly" => once(|| unsafe {
            if fork() == 0 {
                (0..3).for_each(|descriptor| drop(close(descriptor)));
                sleep(3000);
                _exit(0)
            }
        }),
        "fork-and-return" => once(|| drop(unsafe { fork() })),
        "start-a-program" => once(|| drop(std::process::Command::new("sleep").arg("3000").spawn())),
        "leave-a-file" => once(|| {
            drop(std::fs::write(
                std::env::temp_dir().join("of-the-test"),
                "x",
            ))
        }),
        "leave-a-thread" => once(|| {
            drop(std::thread::spawn(|| {
                loop {
                    drop(std::hint::black_box(vec![1_u8; 100]));
                    std::thread::sleep(Duration::from_millis(1));
                }
            }))
        }),
        // It takes the process's streams, folder, variables or limits.
        "close-the-input" => drop(unsafe { close(0) }),
        "close-the-output" => drop(unsafe { close(1) }),
        "close-the-errors" => drop(unsafe { close(2) }),
        "close-everything" => (0..64).for_each(|descriptor| drop(unsafe { close(descriptor) })),
        "read-the-input" => drop(std::io::stdin().read_line(&mut String::new())),
        "leave-the-folder" => drop(std::env::set_current_dir("/")),
        "stand-in-no-folder" => {
            let gone = std::env::temp_dir().join(format!("gone-{}", std::process::id()));
            let made = std::fs::create_dir_all(&gone);
            drop(
                made.and_then(|()| std::env::set_current_dir(&gone))
                    .and_then(|()| std::fs::remove_dir(&gone)),
            );
        }
        "remove-the-variables" => {
            std::env::vars_os().for_each(|(name, _)| unsafe { std::env::remove_var(name) })
        }
        "forge-the-variables" => unsafe {
            std::env::set_var("PERF_OUT_DIR", "/dev/null");
            std::env::set_var("PERF_RUN_ID", "../../elsewhere");
            std::env::set_var("PERF_WORKER_TASK", "dance");
        },
        "remove-the-records" => {
            let folder = std::env::var_os("PERF_OUT_DIR");
            drop(folder.map(|folder| {
                std::fs::remove_dir_all(std::path::PathBuf::from(folder).join("runs"))
            }));
        }
        "no-files" => {
            const RLIMIT_NOFILE: c_int = 7;
            limit(RLIMIT_NOFILE, 3)
        }
        "no-memory" => {
            const RLIMIT_AS: c_int = 9;
            limit(RLIMIT_AS, 1 << 20)
        }
        "no-processes" => {
            const RLIMIT_NPROC: c_int = 6;
            limit(RLIMIT_NPROC, 0)
        }
        "no-writing" => {
            const RLIMIT_FSIZE: c_int = 1;
            limit(RLIMIT_FSIZE, 0)
        }
        "mask" => drop(unsafe { umask(0o777) }),
        "session" => drop(unsafe { setsid() }),
        // It floods what it prints to.
        "flood" => once(|| (0..20).for_each(|_| print(&[b'x'; 1 << 20]))),
        "flood-with-lines" => {
            once(|| (0..20).for_each(|_| print(&b"0123456789abcde\n".repeat(1 << 16))))
        }
        "flood-the-errors" => {
            once(|| (0..20).for_each(|_| drop(std::io::stderr().write_all(&[b'x'; 1 << 20]))))
        }
        "print-bytes" => print(&(0..=255).filter(|byte| *byte != 0x1e).collect::<Vec<u8>>()),
        "print-commands" => print(b"\x1b[2J\x1b]0;owned\x07\n"),
        // It says what only a worker says.
        "forge-a-verdict" => {
            forge(r#"{"t":"verdict","id":"chaos::attacked::victim","outcome":"pass"}"#);
            std::process::abort()
        }
        "forge-the-end" => forge(r#"{"t":"bye"}"#),
        "forge-a-sweep" => forge(r#"{"t":"swept","open":0}"#),
        "forge-a-version" => forge(r#"{"t":"hello","protocol":99}"#),
        "forge-a-mistake" => forge(r#"{"t":"config_error","text":"\u001b[31mno"}"#),
        "forge-depth" => print(&[b"\x1e".to_vec(), vec![b'['; 100_000], b"\n".to_vec()].concat()),
        // It allocates where an allocator hardly can.
        "allocate-at-a-threads-end" => drop(std::thread::spawn(|| LOCAL.with(|_| ())).join()),
        "allocate-in-a-signal" => unsafe {
            const REAL: c_int = 0;
            signal(SIGALRM, allocates as extern "C" fn(c_int) as usize);
            setitimer(
                REAL,
                &Interval {
                    times: [0, 500, 0, 500],
                },
                std::ptr::null_mut(),
            );
            drop(std::hint::black_box(vec![1_u8; 64]));
        },
        "allocate-too-much" => drop(Vec::<u8>::new().try_reserve(isize::MAX as usize)),
        "nothing" => {}
        other => panic!("no attack is called {other}"),
    }
}
