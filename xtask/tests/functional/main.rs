//! Whole packages, built and run with the real cargo, the real harnesses and the real
//! command line: most in one workspace, some in a separate project.

mod ab;
mod baselines;
mod budget_file;
#[cfg(target_os = "linux")]
mod chaos;
mod command_line;
mod doors;
mod failures;
mod figures;
mod guide;
mod hangs;
mod heap;
mod history;
mod init;
mod instructions;
mod kinds;
mod labels;
mod memory;
mod meters;
#[path = "../../src/bench/planted.rs"]
mod planted;
mod project;
mod proposals;
mod prove;
mod slow;
mod verdicts;
mod workspace;

use workspace::Package;

/// All packages of the shared workspace.
fn packages() -> Vec<Package> {
    let mut packages = vec![
        budget_file::package(),
        command_line::package(),
        failures::package(),
        figures::package(),
        instructions::package(),
        labels::package(),
        meters::package(),
        prove::package(),
        verdicts::package(),
    ];
    #[cfg(target_os = "linux")]
    packages.push(chaos::package());
    packages.extend(doors::packages());
    packages.extend(guide::packages());
    packages.extend(hangs::packages());
    packages.extend(heap::packages());
    packages.extend(kinds::packages());
    packages.extend(memory::packages());
    packages
}
