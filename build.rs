//! What is generated when Cotter is built: the heap's size classes, the parser from its grammar, and the order of the program's parts.

use std::path::{Path, PathBuf};

#[path = "build/size_classes.rs"]
mod size_classes;

#[path = "build/link_order.rs"]
mod link_order;

fn main() {
    let out_dir = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/size_classes.rs");
    size_classes::generate(&out_dir).expect("writing the size classes");
    generate_parser(&out_dir);
    println!("cargo::rerun-if-changed=build/link_order.rs");
    link_order::arrange(&out_dir).expect("writing the linker script");
}

/// Writes `cotter.rs`, the tables and actions of `grammar/cotter.lalrpop`.
fn generate_parser(out_dir: &Path) {
    lalrpop::Configuration::new()
        .set_in_dir("grammar")
        .set_out_dir(out_dir)
        .emit_rerun_directives(true)
        .process()
        .expect("the grammar is free of conflicts");
}
