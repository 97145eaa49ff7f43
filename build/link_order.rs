//! Tells the linker to lay the program out in the order in which it is used, so that a run holds few pages of it in memory.
//!
//! The system maps a program by the page, and with each page that is asked for up to fifteen neighbours that are in its cache. The
//! functions that a small script needs are a tenth of the program; scattered over it, they bring most of it into memory.
//! `link_order.txt` names them, one a line, as `build/link_order.py` found them; here they become a linker script that puts them, and the
//! tables that their `match`es were compiled to, in front of everything else. A name in the list that no function has any more does
//! nothing, and a function that is not in it works as well from where it is: the list may be old, it cannot be wrong.
//!
//! With relative relocations in packed form the loader reads a hundredth of what it would read otherwise. With the compiler's part that
//! unwinds stacks in the program itself, there is no library to load for it. And functions of libraries are looked up at their first call:
//! looking all of them up when the program starts, the compiler's habit, runs code of the C library's mathematics in each `hello`.
//!
//! Not every linker can do these things, and not every loader knows packed relocations (glibc from 2.36 on does; a program that has
//! them says so, and an older one refuses it). So each is tried on a program of one line, which is linked as the real one will be, and
//! run. Without them the program is larger in memory, and that is all.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

const LIST: &str = "build/link_order.txt";

/// Tables that no function of the list has to itself.
const TABLES: [&str; 2] = ["_ZN6cotter4heap10size_class*", "_ZN4zmij11STATIC_DATA*"];

/// Prints what cargo hands to the linker of the program.
pub fn arrange(out_dir: &Path) -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={LIST}");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let is_native = variable("HOST") == variable("TARGET");
    let is_glibc = variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if variable("PROFILE") != "release" || !is_glibc || !is_native {
        return Ok(());
    }
    let script = out_dir.join("link_order.ld");
    std::fs::write(&script, linker_script(&std::fs::read_to_string(LIST)?))?;
    for argument in [format!("-Wl,-T,{}", script.display()), "-Wl,-z,pack-relative-relocs".into(), "-Wl,-z,lazy".into()] {
        if works(out_dir, &["-C", &format!("link-arg={argument}")])? {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
    let unwinder = "static:-bundle=gcc_eh";
    if works(out_dir, &["-l", unwinder])? {
        println!("cargo::rustc-link-lib={unwinder}");
    }
    Ok(())
}

/// The script that puts the functions and tables of a list in front of the others.
fn linker_script(list: &str) -> String {
    let names: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut script = String::new();
    let mut add = |lines: &str| script.push_str(lines);
    add("SECTIONS\n{\n  .rodata.start :\n  {\n    *(.rodata.cst*)\n");
    for name in TABLES {
        add(&format!("    *(.rodata.{name})\n"));
    }
    for name in &names {
        let parts = [format!(".rodata.{name}"), format!(".rodata.unlikely.{name}"), format!(".rodata..Lswitch.table.{name}*")];
        add(&format!("    *({} {0}.llvm.* {} {})\n", parts[0], parts[1], parts[2]));
    }
    add("  }\n}\nINSERT BEFORE .rodata;\nSECTIONS\n{\n  .text :\n  {\n    *crt*.o(.text)\n");
    for name in &names {
        add(&format!("    *(.text.{name} .text.{name}.llvm.* .text.unlikely.{name} .text.unlikely.{name}.llvm.*)\n"));
    }
    // Behind what the C library calls in any program. A section of another name would be one in which tools find no symbols.
    add("  }\n}\nINSERT AFTER .fini;\n");
    script
}

/// Whether a program that the compiler makes with these arguments, and otherwise as the real one, runs.
fn works(out_dir: &Path, arguments: &[&str]) -> std::io::Result<bool> {
    let (source, program) = (out_dir.join("probe.rs"), out_dir.join("probe"));
    std::fs::write(&source, "fn main() {}\n")?;
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut compile = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    compile.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    if let Some(linker) = std::env::var_os("RUSTC_LINKER") {
        let mut setting = OsString::from("linker=");
        setting.push(linker);
        compile.arg("-C").arg(setting);
    }
    compile.args(["--crate-type", "bin"]).args(arguments).arg("-o").arg(&program).arg(&source);
    Ok(succeeds(&mut compile) && succeeds(&mut Command::new(&program)))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
