//! Finding and loading libraries, and looking up their symbols.

use super::elf::{exported_names, other_machine};
use super::loader_cache::versions_of;
use crate::value::nearest_name;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::error::Error;
use std::ffi::{CStr, c_char, c_void};
use std::path::{Path, PathBuf};

/// The library stays even if it was closed: what points into it could not be found.
const RTLD_NODELETE: i32 = 0x1000;

/// A library of the process, never unloaded.
#[derive(Debug)]
pub(super) struct LoadedLibrary {
    /// As it was asked for; empty for the process itself.
    pub name: String,
    library: Library,
}

/// The loader's note of one library; `dlinfo` gives the address of it.
#[repr(C)]
struct LinkMap {
    address: usize,
    name: *const c_char,
    dynamic: *const c_void,
    next: *const LinkMap,
    previous: *const LinkMap,
}

impl LoadedLibrary {
    /// The process itself with what it was linked with.
    pub fn process() -> LoadedLibrary {
        LoadedLibrary { name: String::new(), library: Library::this() }
    }

    /// The address of a symbol; `None` if there is none, or if it is NULL.
    pub fn symbol(&self, name: &str) -> Option<usize> {
        // SAFETY: the symbol is only asked for its address.
        let symbol = unsafe { self.library.get::<*const c_void>(name) }.ok()?;
        Some(symbol.into_raw() as usize).filter(|&address| address != 0)
    }

    /// What the loader knows of a symbol at an address: whether it is code. `None` where it knows nothing.
    pub fn is_function(address: usize) -> Option<bool> {
        symbol_type(address).and_then(|kind| match kind {
            SYMBOL_OBJECT | SYMBOL_THREAD_LOCAL => Some(false),
            SYMBOL_FUNCTION | SYMBOL_INDIRECT => Some(true),
            _ => None,
        })
    }

    /// What is said of a missing symbol, with the nearest names that are there.
    pub fn missing_symbol(&self, name: &str) -> String {
        let of = if self.name.is_empty() { "the process".to_string() } else { self.name.clone() };
        let mut names: Vec<String> = self.files().iter().flat_map(|file| exported_names(file)).collect();
        names.sort();
        names.dedup();
        match nearest_name(name, names.iter().map(String::as_str)) {
            Some(nearest) => format!("{of} has no symbol {name}; did you mean {nearest}?"),
            None => format!("{of} has no symbol {name}"),
        }
    }

    /// What to do about a missing symbol.
    pub const ABOUT_SYMBOLS: &str = "`nm -D` lists what a library exports; where C renames a function by a macro, `@symbol(\"name\")` tells the name behind it";

    /// The files behind it: its own, or for the process itself all that were loaded with it.
    fn files(&self) -> Vec<PathBuf> {
        let mut map: *const LinkMap = std::ptr::null();
        let handle = self.handle();
        // SAFETY: the handle is one of an open library, and the answer is a pointer.
        if handle.is_null() || unsafe { libc::dlinfo(handle, libc::RTLD_DI_LINKMAP, (&raw mut map).cast()) } != 0 {
            return Vec::new();
        }
        let mut files = Vec::new();
        while !map.is_null() {
            // SAFETY: the loader's notes live as long as their libraries, and these are not unloaded.
            let (name, next) = unsafe { (CStr::from_ptr((*map).name), (*map).next) };
            if let Ok(name) = name.to_str()
                && !name.is_empty()
            {
                files.push(PathBuf::from(name));
            }
            map = if self.name.is_empty() { next } else { std::ptr::null() };
        }
        files
    }

    fn handle(&self) -> *mut c_void {
        let name = std::ffi::CString::new(self.name.as_str()).unwrap_or_default();
        let name = if self.name.is_empty() { std::ptr::null() } else { name.as_ptr() };
        // SAFETY: nothing new is loaded; the handle counts one more use of a library that is never unloaded.
        unsafe { libc::dlopen(name, libc::RTLD_LAZY | libc::RTLD_NOLOAD) }
    }
}

const SYMBOL_OBJECT: u8 = 1;
const SYMBOL_FUNCTION: u8 = 2;
const SYMBOL_THREAD_LOCAL: u8 = 6;
const SYMBOL_INDIRECT: u8 = 10;

/// The ELF type of the symbol that begins at an address.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn symbol_type(address: usize) -> Option<u8> {
    const SYMBOL_ENTRY: libc::c_int = 1;
    unsafe extern "C" {
        fn dladdr1(address: *const c_void, info: *mut libc::Dl_info, extra: *mut *mut c_void, flags: libc::c_int) -> libc::c_int;
    }
    // SAFETY: an info of zeros is one.
    let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
    let mut entry: *mut c_void = std::ptr::null_mut();
    // SAFETY: any address may be asked for.
    let found = unsafe { dladdr1(address as *const c_void, &raw mut info, &raw mut entry, SYMBOL_ENTRY) };
    if found == 0 || entry.is_null() || info.dli_saddr as usize != address {
        return None;
    }
    // SAFETY: the loader gives an entry of the library's symbol table, which stays; its fifth byte is the type and binding.
    Some(unsafe { *entry.cast::<u8>().add(4) } & 15)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn symbol_type(_address: usize) -> Option<u8> {
    None
}

/// Loads a library by a name as scripts write it: a path, a file name, or a bare name. Adds to `tried` what failed and why.
pub(super) fn load(name: &str, base: Option<&Path>, search: &[PathBuf], tried: &mut Vec<String>) -> Option<LoadedLibrary> {
    if name.is_empty() || name.contains('\0') {
        tried.push("no library has a name that is empty or holds a NUL".to_string());
        return None;
    }
    for file in candidates(name, base, search) {
        if file.contains('/') && !Path::new(&file).exists() {
            tried.push(format!("{file}: no such file"));
            continue;
        }
        // SAFETY: loading a library runs its initialisers, which is what the script asks for.
        match unsafe { Library::open(Some(&file), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) } {
            Ok(library) => return Some(LoadedLibrary { name: file, library }),
            Err(error) => tried.push(format!("{file}: {}", reason(&error, &file))),
        }
    }
    None
}

/// The files that a name may mean, in the order in which they are tried.
fn candidates(name: &str, base: Option<&Path>, search: &[PathBuf]) -> Vec<String> {
    let path = Path::new(name);
    if name.contains('/') {
        if path.is_absolute() {
            return vec![name.to_string()];
        }
        let beside = base.map(|base| base.join(path).to_string_lossy().into_owned());
        // The loader takes a name with a slash as a path from the working directory.
        return beside.into_iter().chain([name.to_string()]).collect();
    }
    if is_file_name(name) {
        return vec![name.to_string()];
    }
    let (prefix, suffix) = if cfg!(target_os = "macos") { ("lib", ".dylib") } else { ("lib", ".so") };
    let mut files = vec![format!("{prefix}{name}{suffix}")];
    if cfg!(target_os = "linux") {
        files.extend(versions_of(name, search));
    }
    files
}

/// `libz.so.1`, not `z`.
fn is_file_name(name: &str) -> bool {
    name.ends_with(".so") || name.contains(".so.") || name.ends_with(".dylib") || name.ends_with(".dll")
}

/// What the loader says, without the file's name, which stands before it anyway.
fn reason(error: &libloading::Error, file: &str) -> String {
    let text = error.source().map_or_else(|| error.to_string(), |source| source.to_string());
    if let Some(machine) = other_machine(Path::new(file)) {
        return machine;
    }
    let text = text.trim_matches('"');
    text.strip_prefix(file).map_or(text, |rest| rest.trim_start_matches([':', ' '])).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_named(name: &str) -> Result<LoadedLibrary, Vec<String>> {
        let mut tried = Vec::new();
        load(name, None, &[], &mut tried).ok_or(tried)
    }

    #[test]
    fn file_names_and_bare_names_are_found() {
        assert_eq!(load_named("libm.so.6").unwrap().name, "libm.so.6");
        let math = load_named("m").unwrap();
        assert!(math.symbol("cos").is_some());
        assert!(math.symbol("surely_no_such_function").is_none());
    }

    #[test]
    fn what_was_tried_is_told() {
        let tried = load_named("surely-no-such-library").unwrap_err();
        assert_eq!(tried.len(), 1);
        assert!(tried[0].starts_with("libsurely-no-such-library.so: cannot open shared object file"), "{tried:?}");
        let tried = load_named("./nothing/libx.so").unwrap_err();
        assert_eq!(tried, ["./nothing/libx.so: no such file"]);
    }

    #[test]
    fn a_path_is_looked_for_beside_the_source_first() {
        let files = candidates("lib/libx.so", Some(Path::new("/project")), &[]);
        assert_eq!(files, ["/project/lib/libx.so", "lib/libx.so"]);
    }

    #[test]
    fn a_missing_symbol_is_told_with_the_nearest_one() {
        let math = load_named("libm.so.6").unwrap();
        assert_eq!(math.missing_symbol("coss"), "libm.so.6 has no symbol coss; did you mean cos?");
        assert_eq!(math.missing_symbol("zzzzzzzzzzzzzzzz"), "libm.so.6 has no symbol zzzzzzzzzzzzzzzz");
        let process = LoadedLibrary::process();
        assert!(process.missing_symbol("strlenn").contains("did you mean strlen"), "{}", process.missing_symbol("strlenn"));
    }
}
