//! revm as a peer of MetisVM's benchmarks. One JSON object a line on stdin, one a line on stdout:
//! `{"world": …}` replaces the state and the block, `{"run": …}` executes transactions on it, any number of times.

mod hex;
mod input;
mod run;
mod world;

use std::io::{BufRead, Write};

use input::Request;
use world::World;

fn main() {
    let mut world = World::default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("stdin is readable");
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(Request::World(next)) => {
                world = World::from(*next);
                serde_json::json!({ "ok": true })
            }
            Ok(Request::Run(request)) => match run::run(&world, request) {
                Ok(outcome) => serde_json::to_value(outcome).expect("outcomes are plain data"),
                Err(error) => serde_json::json!({ "error": error }),
            },
            Err(error) => serde_json::json!({ "error": error.to_string() }),
        };
        writeln!(out, "{answer}").and_then(|()| out.flush()).expect("stdout is writable");
    }
}
