//! What is generated when Cotter is built.

use std::path::PathBuf;

#[path = "build/size_classes.rs"]
mod size_classes;

fn main() {
    let out_dir = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/size_classes.rs");
    size_classes::generate(&out_dir).expect("writing the size classes");
}
