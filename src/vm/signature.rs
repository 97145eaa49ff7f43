//! The signature text of a builtin, read when names are needed, and that of any function, for people.

use super::Vm;
use super::function::Function;
use super::native::NativeEntry;
use crate::value::{BoundMethodObject, CFunctionObject, ClosureObject, Kind, ListRef, NativeObject, TypeId, TypeKind, Value};
use std::rc::Rc;

/// Parameters of a builtin.
pub struct Signature {
    /// In order; for methods `self` comes first.
    pub names: Vec<Rc<str>>,
    /// A `...rest` stands among them (not in `names`).
    pub has_rest: bool,
    /// How many of the last names stand behind the rest parameter and so can be given by name only.
    pub named_only: usize,
}

impl Signature {
    /// Reads `(a, b = 10)`, `(...values, sep: " ", end: "\n")`. A comma inside quotes does not separate.
    pub fn parse(entry: &NativeEntry) -> Signature {
        let inner = entry.signature.trim().trim_start_matches('(').trim_end_matches(')');
        let mut parts: Vec<String> = vec![String::new()];
        let mut in_quotes = false;
        for c in inner.chars() {
            match c {
                '"' => in_quotes = !in_quotes,
                ',' if !in_quotes => {
                    parts.push(String::new());
                    continue;
                }
                _ => {}
            }
            if let Some(last) = parts.last_mut() {
                last.push(c);
            }
        }
        let mut signature = Signature { names: Vec::new(), has_rest: false, named_only: 0 };
        for part in parts {
            let name = part.split(['=', ':']).next().unwrap_or("").trim();
            if name.is_empty() {
                continue;
            }
            if name.starts_with("...") {
                signature.has_rest = true;
                continue;
            }
            signature.names.push(name.into());
            if signature.has_rest {
                signature.named_only += 1;
            }
        }
        signature
    }
}

impl Vm {
    /// How a function is called, as its declaration says it: `twice(n, by = 2)`, `strlen(s: cstr) -> usize`, `fn(x)`. `None` for
    /// what is no function.
    pub fn signature_of(&self, function: Value) -> Option<String> {
        match function.kind()? {
            Kind::Closure => {
                // SAFETY: the kind says what the object is, and linked code is never freed.
                let function = unsafe { &*((*function.object::<ClosureObject>()).function as *const Function) };
                let sources = self.sources.borrow();
                let header = sources.file(function.code.range)?.slice(function.code.range);
                let line = header.split_whitespace().collect::<Vec<_>>().join(" ");
                let line = line.trim_end_matches(['{', ' ']).trim_end_matches("=>").trim_end();
                // A list over several lines ends with a comma.
                let line = line.replace("( ", "(").replace(", )", ")").replace(" )", ")");
                Some(line.strip_prefix("fn ").map_or(line.clone(), str::to_string))
            }
            Kind::Native => {
                // SAFETY: the kind says what the object is, and entries are static.
                let entry = unsafe { &*((*function.object::<NativeObject>()).entry as *const NativeEntry) };
                Some(format!("{}{}", entry.name, entry.signature))
            }
            Kind::BoundMethod => {
                // SAFETY: the kind says what the object is.
                let bound = unsafe { (*function.object::<BoundMethodObject>()).function };
                Some(self.signature_of(bound)?.replacen("(self, ", "(", 1).replacen("(self)", "()", 1))
            }
            Kind::CFunction => self.signature_of_c(function),
            _ => None,
        }
    }

    /// What callers give a C function, and what they get: without the parameters that are `@out`.
    fn signature_of_c(&self, function: Value) -> Option<String> {
        // SAFETY: the caller has seen that the value is a C function.
        let (name, names, function_type, left_out) = unsafe {
            let object = function.object::<CFunctionObject>();
            ((*object).name, (*object).parameters, (*object).function_type, (*object).left_out)
        };
        let types = &self.runtime.types;
        let TypeKind::Function(declared) = &types.info(TypeId(function_type as u32)).kind else { return None };
        let names = ListRef::of(names).map_or(&[][..], ListRef::values);
        let mut parameters = Vec::new();
        for (index, &type_id) in declared.parameters.iter().enumerate() {
            if left_out.checked_shr(index as u32).is_some_and(|bits| bits & 1 != 0) {
                continue;
            }
            let type_name = types.name(type_id);
            parameters.push(match names.get(index).and_then(|name| name.to_str()).filter(|name| !name.is_empty()) {
                Some(name) => format!("{name}: {type_name}"),
                None => type_name.to_string(),
            });
        }
        if declared.is_variadic {
            parameters.push("...".to_string());
        }
        let mut text = format!("{}({})", name.to_str().unwrap_or(""), parameters.join(", "));
        if declared.result != TypeId::VOID {
            text.push_str(&format!(" -> {}", types.name(declared.result)));
        }
        Some(text)
    }
}
