//! Finding, compiling and running modules.
//!
//! A module is a file, identified by its real path, or a namespace of the program (`math`). It runs once, at its first import.

use super::Settings;
use super::compiling::{self, Compiled};
use super::report;
use crate::builtins::{self, Binding};
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use crate::value::{ErrorKind, Thrown};
use crate::vm::{LinkError, Loader, Module, ModuleState, Vm};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub struct ProgramLoader {
    settings: Rc<Settings>,
    sources: Rc<RefCell<SourceMap>>,
    /// Modules by what identifies them.
    loaded: RefCell<HashMap<Rc<str>, &'static Module>>,
    /// What is being loaded, outermost first: key and name.
    loading: RefCell<Vec<(Rc<str>, String)>>,
}

impl ProgramLoader {
    pub fn new(settings: Rc<Settings>, sources: Rc<RefCell<SourceMap>>) -> ProgramLoader {
        ProgramLoader { settings, sources, loaded: RefCell::default(), loading: RefCell::default() }
    }

    /// Notes the script that is run, so that a module that imports it is told of the cycle.
    pub fn begin_main(&self, path: &Path) {
        let key: Rc<str> = real_path(path).to_string_lossy().into();
        self.loading.borrow_mut().push((key, path.display().to_string()));
    }

    /// Where the file of a module may be, in the order in which the places are looked at.
    fn candidates(&self, name: &str, importer: &Module) -> Vec<PathBuf> {
        let beside = Path::new(&*importer.key).parent().filter(|_| !importer.key.starts_with("std:"));
        module_candidates(name, &beside.map(as_seen).unwrap_or_default(), &self.settings.module_path)
    }

    fn missing(&self, vm: &mut Vm, name: &str, tried: &[PathBuf]) -> Thrown {
        let mut known = vm.native_module_names();
        known.extend(builtins::bindings().iter().map(|binding| binding.name));
        let message = match crate::value::nearest_name(name, known.iter().copied()) {
            Some(near) => format!("there is no module `{name}`; did you mean `{near}`?"),
            None => format!("there is no module `{name}`"),
        };
        let error = vm.runtime.error(ErrorKind::ImportError, &message);
        if let Some(error) = crate::value::ErrorRef::of(error) {
            for path in tried {
                error.add_detail(&mut vm.runtime, &format!("looked for {}", path.display()));
            }
            if let Some((_, here)) = ELSEWHERE.iter().find(|(there, _)| *there == name) {
                error.add_help(&mut vm.runtime, &format!("what other languages have in `{name}` is here in {here}"));
            }
        }
        Thrown::Value(error)
    }

    /// The name and text of the file that a module was read from; `None` for modules of the library.
    pub fn source_of(&self, module: &Module) -> Option<(String, String)> {
        if module.key.starts_with("std:") {
            return None;
        }
        let text = std::fs::read_to_string(&*module.key).ok()?;
        Some((module.name.to_string(), text))
    }

    /// A module that is a file of the library.
    fn load_binding(&self, vm: &mut Vm, binding: &'static Binding) -> Result<&'static Module, Thrown> {
        let key: Rc<str> = format!("std:{}", binding.name).into();
        if let Some(&module) = self.loaded.borrow().get(&key) {
            return Ok(module);
        }
        let file = format!("<{}>", binding.name);
        let result = self.compile_and_run(vm, binding.name, &key, &file, binding.source.as_bytes().to_vec());
        if let Err(Thrown::Value(error)) = &result
            && let Some(error) = crate::value::ErrorRef::of(*error)
            && error.kind().to_str() == Some(ErrorKind::FFIError.name())
        {
            let Binding { name, library, package, .. } = binding;
            error.add_help(
                &mut vm.runtime,
                &format!("the module {name} calls {library}, which Debian has in its package {package}"),
            );
        }
        result
    }

    fn load_file(&self, vm: &mut Vm, name: &str, path: &Path) -> Result<&'static Module, Thrown> {
        let key: Rc<str> = real_path(path).to_string_lossy().into();
        if let Some(&module) = self.loaded.borrow().get(&key)
            && module.state.get() == ModuleState::Ready
        {
            return Ok(module);
        }
        let cycle = self.loading.borrow().iter().position(|(loading, _)| *loading == key);
        if let Some(from) = cycle {
            let mut names: Vec<String> = self.loading.borrow()[from..].iter().map(|(_, name)| name.clone()).collect();
            names.push(path.display().to_string());
            let circle =
                vm.fail(ErrorKind::ImportError, format!("modules import each other in a circle: {}", names.join(" -> ")));
            return circle.map_err(|thrown| {
                thrown.with_help(&mut vm.runtime, "move what both need into a file of its own, which imports neither")
            });
        }
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                return vm.fail(ErrorKind::ImportError, format!("the module {} cannot be read: {error}", path.display()));
            }
        };
        self.loading.borrow_mut().push((Rc::clone(&key), path.display().to_string()));
        let result = self.compile_and_run(vm, name, &key, &path.display().to_string(), bytes);
        self.loading.borrow_mut().pop();
        result
    }

    fn compile_and_run(
        &self,
        vm: &mut Vm,
        name: &str,
        key: &Rc<str>,
        file: &str,
        bytes: Vec<u8>,
    ) -> Result<&'static Module, Thrown> {
        let compiled = match compiling::compile_bytes(vm, &self.sources, &self.settings, file, bytes, false) {
            Ok(compiled) => compiled,
            Err(diagnostics) => return Err(self.compile_failed(vm, file, &diagnostics)),
        };
        let module = self.run(vm, name, key, &compiled)?;
        self.loaded.borrow_mut().insert(Rc::clone(key), module);
        Ok(module)
    }

    fn compile_failed(&self, vm: &mut Vm, file: &str, diagnostics: &[Diagnostic]) -> Thrown {
        let Some(first) = diagnostics.first() else {
            return Thrown::Value(vm.runtime.error(ErrorKind::ImportError, &format!("the module {file} cannot be compiled")));
        };
        let error = vm.runtime.error(ErrorKind::SyntaxError, &first.message);
        report::set_place(error, first.primary.range);
        if let Some(error) = crate::value::ErrorRef::of(error) {
            error.set_label_text(&mut vm.runtime, &first.primary.text);
            for help in &first.help {
                error.add_help(&mut vm.runtime, help);
            }
            for other in &diagnostics[1..] {
                let place = self.sources.borrow().place(other.primary.range);
                error.add_detail(&mut vm.runtime, &format!("also at {place}: {}", other.message));
            }
        }
        Thrown::Value(error)
    }

    /// Links a unit into a new module and runs it.
    fn run(&self, vm: &mut Vm, name: &str, key: &Rc<str>, compiled: &Compiled) -> Result<&'static Module, Thrown> {
        let module = vm.add_module(name.into(), Rc::clone(key), compiled.unit.slots.len());
        let main = match vm.link(&compiled.unit, module) {
            Ok(main) => main,
            Err(LinkError::Thrown(thrown)) => return Err(thrown),
            Err(LinkError::Declarations(errors)) => {
                let found: Vec<Diagnostic> =
                    errors.into_iter().map(|(range, message)| Diagnostic::syntax(message, range)).collect();
                return Err(self.compile_failed(vm, name, &found));
            }
        };
        vm.run_main(main)?;
        module.state.set(ModuleState::Ready);
        Ok(module)
    }
}

/// Modules of other languages, and where to look for what they do.
const ELSEWHERE: [(&str, &str); 11] = [
    ("sys", "`os`: os.args, os.exit, os.platform"),
    ("subprocess", "`os`: os.run"),
    ("re", "`regex`"),
    ("datetime", "`time`"),
    ("pathlib", "`path` and `fs`"),
    ("shutil", "`fs`"),
    ("tempfile", "`fs`: fs.temp_dir"),
    ("ctypes", "`ffi` and extern blocks"),
    ("sqlite3", "`sqlite`"),
    ("string", "the methods of strings"),
    ("unittest", "`test`"),
];

impl Loader for ProgramLoader {
    fn import(&self, vm: &mut Vm, name: &str, importer: &Module) -> Result<&'static Module, Thrown> {
        let is_path = name.contains('/') || name.ends_with(".cot");
        if !is_path {
            let binding = Binding::of_name(name);
            if self.settings.denies_ffi && (name == "ffi" || binding.is_some()) {
                return vm.fail(ErrorKind::FFIError, format!("the module `{name}` calls C, which --deny-ffi forbids"));
            }
            if let Some(module) = vm.native_module(name) {
                return Ok(module);
            }
            if let Some(binding) = binding {
                return self.load_binding(vm, binding);
            }
        }
        let tried = self.candidates(name, importer);
        match tried.iter().find(|path| path.is_file()) {
            Some(path) => {
                let stem = path.file_stem().map_or(name.to_string(), |stem| stem.to_string_lossy().into_owned());
                self.load_file(vm, &stem, &path.clone())
            }
            None => Err(self.missing(vm, name, &tried)),
        }
    }

    fn namespace_script(&self, vm: &mut Vm, name: &'static str, source: &'static str) -> Result<&'static Module, Thrown> {
        let key: Rc<str> = format!("std:{name}.cot").into();
        if let Some(&module) = self.loaded.borrow().get(&key) {
            return Ok(module);
        }
        self.compile_and_run(vm, name, &key, &format!("<{name}>"), source.as_bytes().to_vec())
    }
}

/// Where the file of a module may be that a file in the folder `beside` imports, in the order in which the places are looked at.
pub fn module_candidates(name: &str, beside: &Path, module_path: &[PathBuf]) -> Vec<PathBuf> {
    if name.contains('/') || name.ends_with(".cot") {
        return vec![beside.join(name.strip_prefix("./").unwrap_or(name))];
    }
    let file = format!("{name}.cot");
    let mut found = vec![beside.join(&file)];
    found.extend(module_path.iter().map(|folder| folder.join(&file)));
    found
}

/// A path as the user sees it: from the working directory, if it is below that.
fn as_seen(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_path_buf()
}

fn real_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use crate::builtins::{Binding, bindings};
    use crate::session::{ForeignCalls, Options, Outcome, Session};
    use crate::value::{ErrorRef, Thrown};

    fn with_c() -> Options {
        Options { foreign_calls: ForeignCalls::Allowed, ..Options::default() }
    }

    #[test]
    fn a_binding_without_its_library_says_what_to_install() {
        static GONE: Binding = Binding {
            name: "gone",
            source: "extern \"libsurely-not-there.so.7\" as _c { fn f() }\n",
            library: "libsurely-not-there.so.7",
            package: "libsurely7",
        };
        let mut session = Session::new(with_c());
        let loader = session.loader.clone();
        let Err(Thrown::Value(error)) = loader.load_binding(&mut session.vm, &GONE) else { panic!("there is no such library") };
        let error = ErrorRef::of(error).expect("an error");
        assert_eq!(error.kind().to_str(), Some("FFIError"));
        assert!(error.message().to_str().is_some_and(|text| text.contains("libsurely-not-there.so.7")));
        assert_eq!(
            ErrorRef::lines(error.help()).last().copied(),
            Some("the module gone calls libsurely-not-there.so.7, which Debian has in its package libsurely7")
        );
    }

    #[test]
    fn bindings_compile_and_name_the_library_they_call() {
        for binding in bindings() {
            let found = Session::new(with_c()).check_text(binding.name, binding.source);
            assert!(found.is_empty(), "{}: {found:?}", binding.name);
            assert!(binding.source.contains(&format!("extern \"{}\"", binding.library)), "{}", binding.name);
        }
    }

    #[test]
    fn nearest_names_know_the_bindings() {
        let Outcome::Failed(found) = Session::new(with_c()).run_text("test", "import sqlit") else {
            panic!("there is no such module")
        };
        assert_eq!(found[0].message, "there is no module `sqlit`; did you mean `sqlite`?");
    }
}
