//! Our own systems, in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    jumun::main(jumun::systems::OURS)
}
