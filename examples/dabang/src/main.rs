//! The tea room as a program: it can say all that `jumun` can.

fn main() -> std::process::ExitCode {
    jumun::main(&[dabang::system])
}
