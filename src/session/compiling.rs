//! Text to unit: the steps between a file and what the interpreter links.

use super::Settings;
use crate::binding::{self, CCompiler, Prelude, Surroundings};
use crate::bytecode::Unit;
use crate::compile::{Environment, ModuleScope, compile_entry, compile_module};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceMap, SourceRange};
use crate::syntax;
use crate::value::fixed_type_names;
use crate::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

/// What a text became.
pub struct Compiled {
    pub unit: Unit,
}

/// Adds a text to the sources.
pub fn add_source(sources: &RefCell<SourceMap>, name: &str, text: &str) -> Result<Rc<SourceFile>, Vec<Diagnostic>> {
    sources
        .borrow_mut()
        .add(name, text)
        .map_err(|_| vec![Diagnostic::syntax("all source texts together are larger than 4 GiB", SourceRange::NOWHERE)])
}

/// Bytes from outside as source text; what is wrong with them is shown in place.
pub fn decode(sources: &RefCell<SourceMap>, name: &str, bytes: &[u8]) -> Result<String, Vec<Diagnostic>> {
    match syntax::decode_source(bytes) {
        Ok(text) => Ok(text),
        Err(invalid) => {
            let file = add_source(sources, name, &invalid.text)?;
            Err(vec![invalid.diagnostic(&file)])
        }
    }
}

/// Decodes, parses and compiles a file.
pub fn compile_bytes(
    vm: &mut Vm,
    sources: &RefCell<SourceMap>,
    settings: &Settings,
    name: &str,
    bytes: Vec<u8>,
    is_main: bool,
) -> Result<Compiled, Vec<Diagnostic>> {
    let text = decode(sources, name, &bytes)?;
    compile_text(vm, sources, settings, name, &text, is_main)
}

/// Parses and compiles a text. All that is wrong is reported: what the parser finds, and then what the compiler finds in the rest.
pub fn compile_text(
    vm: &mut Vm,
    sources: &RefCell<SourceMap>,
    settings: &Settings,
    name: &str,
    text: &str,
    is_main: bool,
) -> Result<Compiled, Vec<Diagnostic>> {
    let file = add_source(sources, name, text)?;
    let mut parsed = syntax::parse(&file);
    let unread = read_c(&mut parsed.module, sources, settings, &file);
    if !unread.is_empty() {
        // What the blocks declare is not known, and what uses it no further mistake.
        parsed.diagnostics.extend(unread);
        parsed.diagnostics.sort_by_key(|diagnostic| diagnostic.primary.range.start);
        return Err(parsed.diagnostics);
    }
    let result = with_environment(vm, |environment| compile_module(&parsed.module, &sources.borrow(), environment, is_main));
    finish(parsed.diagnostics, result)
}

/// Parses and compiles an entry of a dialogue. The second part says whether its value is to be shown.
pub fn compile_dialogue(
    vm: &mut Vm,
    sources: &RefCell<SourceMap>,
    settings: &Settings,
    name: &str,
    text: &str,
    scope: &mut ModuleScope,
    prelude: &mut Prelude,
) -> Result<(Compiled, bool), Vec<Diagnostic>> {
    let file = add_source(sources, name, text)?;
    let mut parsed = syntax::parse(&file);
    let is_shown = !parsed.module.ends_with_semicolon;
    let declared = RefCell::new(prelude.clone());
    if parsed.diagnostics.is_empty() {
        parsed.diagnostics = read_c_behind(&mut parsed.module, sources, settings, &file, Some(&declared));
    }
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let result = with_environment(vm, |environment| compile_entry(&parsed.module, &sources.borrow(), environment, scope));
    let compiled = finish(Vec::new(), result)?;
    *prelude = declared.into_inner();
    Ok((compiled, is_shown))
}

/// Compiles a tree whose extern blocks have been read.
pub fn compile_tree(vm: &Vm, sources: &RefCell<SourceMap>, tree: &syntax::tree::Module) -> Result<Unit, Vec<Diagnostic>> {
    with_environment(vm, |environment| compile_module(tree, &sources.borrow(), environment, true))
}

/// Reads the C text and the headers of extern blocks.
pub fn read_c(
    module: &mut syntax::tree::Module,
    sources: &RefCell<SourceMap>,
    settings: &Settings,
    file: &SourceFile,
) -> Vec<Diagnostic> {
    read_c_behind(module, sources, settings, file, None)
}

/// As [`read_c`], behind what C text of a dialogue has declared before.
fn read_c_behind(
    module: &mut syntax::tree::Module,
    sources: &RefCell<SourceMap>,
    settings: &Settings,
    file: &SourceFile,
    prelude: Option<&RefCell<Prelude>>,
) -> Vec<Diagnostic> {
    let surroundings = Surroundings {
        compiler: &compiler_beside(settings, &file.name),
        cache: settings.header_cache.as_deref(),
        deny: settings.denies_ffi,
        kept: settings.kept_headers.as_ref(),
        prelude,
        add_source: &|name, text| add_source(sources, name, text),
    };
    binding::expand(module, file, &surroundings)
}

/// The C compiler, told where a script is: headers that are named by a path stand beside it.
pub fn compiler_beside(settings: &Settings, file: &str) -> CCompiler {
    let folder = std::path::Path::new(file).parent().map(|folder| match folder.as_os_str().is_empty() {
        true => std::path::PathBuf::from("."),
        false => folder.to_path_buf(),
    });
    CCompiler { folder, ..settings.c_compiler.clone() }
}

fn finish(mut found: Vec<Diagnostic>, result: Result<Unit, Vec<Diagnostic>>) -> Result<Compiled, Vec<Diagnostic>> {
    match result {
        Ok(unit) if found.is_empty() => Ok(Compiled { unit }),
        Ok(_) => Err(found),
        Err(more) => {
            found.extend(more);
            found.sort_by_key(|diagnostic| diagnostic.primary.range.start);
            Err(found)
        }
    }
}

/// The types that every program knows.
pub fn type_names() -> Vec<&'static str> {
    fixed_type_names().collect()
}

pub fn with_environment<T>(vm: &Vm, body: impl FnOnce(&Environment<'_>) -> T) -> T {
    let builtins = vm.builtin_names();
    let builtins: Vec<&str> = builtins.iter().map(|name| &**name).collect();
    body(&Environment { builtins: &builtins, types: &type_names(), modules: &module_names(vm) })
}

/// The modules of the library.
pub fn module_names(vm: &Vm) -> Vec<&'static str> {
    let mut modules = vm.native_module_names();
    modules.extend(crate::builtins::bindings().iter().map(|binding| binding.name));
    modules
}
