//! The program. On Linux the C library calls it directly, not by Rust's runtime, which asks for the bounds of the stack to catch an
//! overflow that `vm/crash.rs` reports anyway: a quarter of the time that a small script takes, and code that nothing else needs.

#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    cotter::cli::main().into()
}

/// What the runtime would do and is needed: writing to a closed pipe is an error and no signal, and the first three descriptors are
/// open, so that no file of a script gets one of their numbers.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
#[unsafe(no_mangle)]
extern "C" fn main(_count: libc::c_int, _words: *const *const libc::c_char) -> libc::c_int {
    // SAFETY: no other thread runs yet, and the arguments are what the calls are for.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        for descriptor in 0..3 {
            if libc::fcntl(descriptor, libc::F_GETFD) == -1 && libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) == -1 {
                libc::abort();
            }
        }
    }
    std::process::exit(cotter::cli::main().0.into())
}
