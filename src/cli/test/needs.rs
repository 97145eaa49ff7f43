//! What a script needs: shared libraries, programs, files.

use super::super::environment::variable;
use std::path::{Path, PathBuf};

/// The needs that this machine does not meet. A need with a slash is a file beside the script, one with `.so` a shared
/// library that the loader would find, anything else a program.
pub(super) fn missing(needs: &[String], script: &Path) -> Vec<String> {
    let folder = script.parent().unwrap_or(Path::new("."));
    needs
        .iter()
        .filter(|need| {
            let there = if need.contains('/') {
                folder.join(need).exists()
            } else if need.contains(".so") {
                library_folders().iter().any(|folder| folder.join(need).exists())
            } else {
                in_folders("PATH", need)
            };
            !there
        })
        .cloned()
        .collect()
}

fn in_folders(variable_name: &str, name: &str) -> bool {
    variable(variable_name).is_some_and(|list| std::env::split_paths(&list).any(|folder| folder.join(name).is_file()))
}

/// Where the loader looks, as far as can be told without loading: the variable, the usual folders, and those that the
/// configuration of the loader names.
fn library_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = match variable("LD_LIBRARY_PATH") {
        Some(list) => std::env::split_paths(&list).collect(),
        None => Vec::new(),
    };
    let architecture = format!("{}-linux-gnu", std::env::consts::ARCH);
    for root in ["/lib", "/usr/lib", "/usr/local/lib"] {
        folders.push(Path::new(root).join(&architecture));
        folders.push(PathBuf::from(root));
        folders.push(PathBuf::from(format!("{root}64")));
    }
    let configuration = std::fs::read_dir("/etc/ld.so.conf.d").into_iter().flatten().flatten();
    for file in configuration {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        folders.extend(text.lines().filter(|line| line.starts_with('/')).map(|line| PathBuf::from(line.trim())));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_need() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("here.so"), "").expect("written");
        let needs = ["libc.so.6", "libno_such_thing.so.9", "sh", "no-such-program", "./here.so", "./there.so"].map(String::from);
        assert_eq!(missing(&needs, &folder.path().join("a.cot")), ["libno_such_thing.so.9", "no-such-program", "./there.so"]);
    }
}
