//! Serves the shop on this machine: `service [DATABASE [PORT]]`.

use std::path::Path;
use std::process::ExitCode;

use service::Server;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "shop.sqlite".to_owned());
    let port = arguments.next().unwrap_or_else(|| "8080".to_owned());
    let Ok(port) = port.parse() else {
        eprintln!("found `{port}`, expected a port; usage: service [DATABASE [PORT]]");
        return ExitCode::from(2);
    };
    let served = Server::start(Path::new(&path), port).and_then(|server| {
        println!("serving {path} on http://{}", server.address());
        server.wait()
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path} cannot be served: {error}");
            ExitCode::FAILURE
        }
    }
}
