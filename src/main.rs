//! The program `gander`: arguments in, exit code out.

fn main() -> gander::cli::Exit {
    gander::cli::main(std::env::args_os())
}
