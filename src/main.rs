use std::process::ExitCode;

fn main() -> ExitCode {
    cotter::cli::main()
}
