//! Declarations of C in a dialogue, `:c size_t strlen(const char *s);`: bound on the spot, so that a wrong name is told at once.

use super::{Entry, Session, show};
use crate::value::{Kind, Runtime, Thrown, Value};
use crate::vm::Module;
use std::rc::Rc;

/// What became of a command of a dialogue.
#[derive(Debug)]
pub enum Answer {
    Text(String),
    /// It cannot be done: why, and what can be done instead.
    Refused {
        why: String,
        help: String,
    },
    /// What was to be evaluated for it ended otherwise.
    Ended(Entry),
}

impl Session {
    /// Declares what a text says (see [`extern_block`]) in the dialogue, and looks the functions up. Tells what is there now, as Cotter
    /// would declare it.
    pub fn declare_foreign(&mut self, name: &str, text: &str) -> Answer {
        let before = self.dialogue.as_ref().map_or(0, |dialogue| dialogue.module.slot_info.borrow().len());
        if let Err(entry) = self.run_entry(name, &extern_block(text)) {
            return Answer::Ended(entry);
        }
        let Some(module) = self.dialogue.as_ref().map(|dialogue| dialogue.module) else { return Answer::Text(String::new()) };
        let declared = self.bind_declared(module, before, "");
        let answer = match declared {
            Ok(lines) => Answer::Text(lines.concat()),
            Err(thrown) => Answer::Ended(self.entry_of(thrown)),
        };
        match self.vm.flush_output() {
            Ok(()) => answer,
            Err(thrown) => Answer::Ended(self.entry_of(thrown)),
        }
    }

    /// Looks up the C functions among the slots of a module from one on, and gives a line for each that declares something.
    fn bind_declared(&mut self, module: &Module, first: usize, owner: &str) -> Result<Vec<String>, Thrown> {
        let names: Vec<Rc<str>> = module.slot_info.borrow().iter().skip(first).map(|slot| Rc::clone(&slot.name)).collect();
        let mut lines = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            let value = module.slot((first + index) as u32);
            if let Some(inner) = self.vm.module_of(value) {
                lines.extend(self.bind_declared(inner, 0, &format!("{name}."))?);
            } else if value.is_kind(Kind::CFunction) {
                self.find_code(value)?;
                lines.extend(self.vm.signature_of(value).map(|signature| format!("{owner}{signature}\n")));
            } else if let Some(type_id) = Runtime::type_of_value(value) {
                let heading = show::heading_of_type(&self.vm.runtime.types, type_id);
                // `typedef int number;` gives an old type a name.
                let is_own = **self.vm.runtime.types.name(type_id) == *name;
                lines.push(if is_own { format!("{owner}{heading}\n") } else { format!("{owner}{name} = {heading}\n") });
            }
        }
        Ok(lines)
    }

    /// Finds the code of a C function now instead of at its first call.
    fn find_code(&mut self, function: Value) -> Result<(), Thrown> {
        match self.vm.runtime.types.bind_function {
            Some(bind) => bind(&mut self.vm.runtime, function).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// The extern block that a declaration of a dialogue stands for. The declaration is C, or begins as Cotter does (`fn`, `var`); before it
/// may stand what stands between `extern` and the brace: `"libz.so.1", "z" as z`. C's last `;` may be left out.
pub fn extern_block(text: &str) -> String {
    let (head, declaration) = split_head(text.trim());
    let head = if head.is_empty() { String::new() } else { format!("{head} ") };
    if is_cotter(declaration) {
        return format!("extern {head}{{\n{declaration}\n}}");
    }
    let is_finished = declaration.is_empty() || declaration.ends_with([';', '}']) || declaration.trim_start().starts_with('#');
    let end = if is_finished { "" } else { ";" };
    format!("extern {head}c {{\n{declaration}{end}\n}}")
}

/// Parts the libraries and the alias before a declaration from it.
fn split_head(text: &str) -> (&str, &str) {
    let mut at = 0;
    while text[at..].starts_with('"') {
        let Some(end) = text[at + 1..].find('"') else { break };
        at += end + 2;
        let rest = text[at..].trim_start();
        match rest.strip_prefix(',').map(str::trim_start) {
            Some(next) if next.starts_with('"') => at = text.len() - next.len(),
            _ => break,
        }
    }
    let rest = text[at..].trim_start();
    if let Some(alias) = rest.strip_prefix("as").filter(|rest| rest.starts_with(char::is_whitespace)).map(str::trim_start) {
        let end = alias.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(alias.len());
        at = text.len() - alias.len() + end;
    }
    (text[..at].trim(), text[at..].trim())
}

/// Whether a declaration, behind its attributes, begins as one of Cotter.
fn is_cotter(declaration: &str) -> bool {
    let mut rest = declaration.trim_start();
    while let Some(attribute) = rest.strip_prefix('@') {
        rest = attribute.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
        if let Some(arguments) = rest.strip_prefix('(') {
            let mut depth = 1;
            let end = arguments.find(|c| {
                depth += (c == '(') as i32 - (c == ')') as i32;
                depth == 0
            });
            rest = end.map_or("", |end| &arguments[end + 1..]).trim_start();
        }
    }
    let word = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    matches!(word, "fn" | "var")
}

#[cfg(test)]
mod tests {
    use super::extern_block;

    #[test]
    fn declarations_become_extern_blocks() {
        for (text, block) in [
            ("int getpid(void);", "extern c {\nint getpid(void);\n}"),
            (" int getpid(void) ", "extern c {\nint getpid(void);\n}"),
            ("#define TWO 2", "extern c {\n#define TWO 2\n}"),
            ("fn getpid() -> c_int", "extern {\nfn getpid() -> c_int\n}"),
            ("@throws fn chdir(path: cstr) -> c_int", "extern {\n@throws fn chdir(path: cstr) -> c_int\n}"),
            ("@throws(nonzero) int f(int);", "extern c {\n@throws(nonzero) int f(int);\n}"),
            ("var environ: **c_char", "extern {\nvar environ: **c_char\n}"),
            ("\"z\" int f(int)", "extern \"z\" c {\nint f(int);\n}"),
            ("\"libz.so.1\", \"z\" as z fn f()", "extern \"libz.so.1\", \"z\" as z {\nfn f()\n}"),
            ("assert_t f(void)", "extern c {\nassert_t f(void);\n}"),
            ("const char *f(void);", "extern c {\nconst char *f(void);\n}"),
        ] {
            assert_eq!(extern_block(text), block, "{text}");
        }
    }
}
