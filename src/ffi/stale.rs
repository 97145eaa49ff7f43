//! The end of a program in which C called a callback that is gone.
//!
//! C cannot be told to go on without it, so this is no error of the script's but its end. What is said leads to the cause: which callback,
//! how it came to be released, and which call of C reached it.

use crate::source::SourceRange;
use crate::vm::Vm;

/// How a callback came to be released.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// It was made for one call, which has returned.
    CallOver,
    /// The collector found it unreachable and without a pin; the code that it was called by.
    Collected { code: usize },
}

/// Ends the program. Without an interpreter C did not call from within one of its calls, so nothing more is known.
#[cold]
pub(super) fn end_stale(vm: Option<&mut Vm>, name: &str, made_at: &str, end: End) -> ! {
    let mut report = format!("fatal: C called callback {name}, made at {made_at}, after it was released\n");
    if let Some(vm) = vm {
        let _ = vm.output.flush();
        report.push_str(&reason(vm, end));
        report.push_str(&vm.calls_for_report());
    }
    report.push_str(&help(name, end));
    eprint!("{report}");
    std::process::exit(70)
}

fn reason(vm: &Vm, end: End) -> String {
    match end {
        End::CallOver => "  it was given to C for one call, which is over\n".to_string(),
        End::Collected { code } => match vm.runtime.unpinned_callbacks.get(&code) {
            Some(&(start, end)) => {
                format!("  it was unpinned at {}\n", vm.sources.borrow().place(SourceRange::new(start, end)))
            }
            None => "  it was never pinned\n".to_string(),
        },
    }
}

fn help(name: &str, end: End) -> String {
    match end {
        End::CallOver => {
            let function = if name.starts_with('<') { "f" } else { name };
            format!(
                "  help: a function given as an argument can be called until that call returns; if C keeps it, make a callback value \
                 that stays, and pin it: pinner.pin({function} as fn(…) -> …)\n"
            )
        }
        End::Collected { .. } => {
            "  help: pin it for as long as C may call it; @keeps at the parameter makes each call ask for that pin\n".to_string()
        }
    }
}
