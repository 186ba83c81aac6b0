//! `cargo perf-budget`.

fn main() -> std::process::ExitCode {
    perf_report::cli::main()
}
