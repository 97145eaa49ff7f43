//! Whether extern blocks declare what headers do.
//!
//! Functions and variables are looked up in the library as well.
//! Prototypes are compared by the shapes of their types, the header's as its text says them. Layouts, values of constants and of
//! enumerators are what the C compiler answers: one program for each block asks it about all of them.

use super::compiling::{self, compile_tree};
use super::{Session, report};
use crate::binding::{HeaderView, Seen, Shape, difference};
use crate::bytecode::{Constant, EnumDeclaration, ExternFunction, FieldPlace, TypeDescription, Unit};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceFile, SourceRange};
use crate::syntax;
use crate::syntax::tree::{ExternBody, ExternItem, Module as Tree, StatementKind};
use crate::value::{RecordType, Runtime, TypeId, TypeKind};
use crate::vm::{LinkError, Module, UnitTypes};
use std::collections::HashMap;
use std::rc::Rc;

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Verified {
    pub functions: usize,
    pub variables: usize,
    pub records: usize,
    pub enums: usize,
    pub type_names: usize,
    pub constants: usize,
    /// Disagreements, and what could not be compared.
    pub findings: Vec<Diagnostic>,
}

impl Verified {
    /// `12 functions, 3 structs and 40 constants compared, 2 findings`
    pub fn summary(&self) -> String {
        let counted = [
            (self.functions, "function"),
            (self.variables, "variable"),
            (self.records, "struct"),
            (self.enums, "enum"),
            (self.type_names, "type name"),
            (self.constants, "constant"),
        ];
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let parts: Vec<String> =
            counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| plural(*count, word)).collect();
        let compared = if parts.is_empty() { "nothing".to_string() } else { parts.join(", ") };
        let findings = match self.findings.len() {
            0 => "no findings".to_string(),
            count => plural(count, "finding"),
        };
        format!("{compared} compared, {findings}")
    }
}

/// What is asked of the C compiler, and what to do with the answer.
struct Question {
    statement: String,
    range: SourceRange,
    /// `sizeof(z_stream)`, as messages call it.
    subject: String,
    /// What Cotter has.
    ours: String,
}

/// One extern block and what it is compared with.
struct Comparison<'a> {
    runtime: &'a Runtime,
    unit: &'a Unit,
    types: &'a UnitTypes,
    view: &'a HeaderView,
    verified: &'a mut Verified,
    questions: Vec<Question>,
}

impl Session {
    /// Compares the extern blocks of a text with the headers that they name, or with `header`.
    ///
    /// # Errors
    /// What is wrong with the text itself, or that a header cannot be read.
    pub fn verify(&mut self, name: &str, text: &str, header: Option<&str>) -> Result<Verified, Vec<Diagnostic>> {
        let file = compiling::add_source(&self.sources, name, text)?;
        let mut parsed = syntax::parse(&file);
        let named = headers_of_blocks(&parsed.module, &file, header);
        parsed.diagnostics.extend(compiling::read_c(&mut parsed.module, &self.sources, &self.settings, &file));
        if !parsed.diagnostics.is_empty() {
            return Err(parsed.diagnostics);
        }
        let unit = compile_tree(&self.vm, &self.sources, &parsed.module)?;
        let module = self.vm.add_module("<verify>".into(), name.into(), unit.slots.len());
        let main = match self.vm.link(&unit, module) {
            Ok(main) => main,
            Err(LinkError::Declarations(errors)) => {
                return Err(errors.into_iter().map(|(range, message)| Diagnostic::syntax(message, range)).collect());
            }
            Err(LinkError::Thrown(thrown)) => match report::outcome_of(&mut self.vm, thrown) {
                super::Outcome::Failed(found) => return Err(found),
                _ => return Err(vec![Diagnostic::syntax("the declarations cannot be linked", file.range().at_start())]),
            },
        };
        let types = Rc::clone(&main.records);
        let compiler = compiling::compiler_beside(&self.settings, name);
        let mut verified = Verified::default();
        let mut views: HashMap<Truth, HeaderView> = HashMap::new();
        let externs = parsed.module.statements.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Extern(node) => Some(node),
            _ => None,
        });
        for (block, (node, truth)) in externs.zip(named).enumerate() {
            let ExternBody::Items(items) = &node.body else { continue };
            let Some((truth, place)) = truth else {
                let message = "no header is named for this block, so nothing of it is compared";
                let help = "write the header in a comment before it: # header: zlib.h   (or give --header)";
                let range = SourceRange::new(node.range.start, node.range.start + "extern".len() as u32);
                verified.findings.push(finding(message.to_string(), range).with_help(help));
                continue;
            };
            if !views.contains_key(&truth) {
                let view = match &truth {
                    Truth::Headers(headers) => HeaderView::open(headers, &compiler),
                    Truth::Pasted(text) => HeaderView::of_pasted(text, &compiler),
                };
                let view = view.map_err(|failure| vec![finding(failure.message(), place).with_help(failure.help())])?;
                views.insert(truth.clone(), view);
            }
            if !self.settings.denies_ffi {
                look_up(&unit, block, std::path::Path::new(name).parent(), node.range, &mut verified.findings);
            }
            let resolved = self.resolve_block(&unit, block, module, &types);
            let (runtime, view) = (&self.vm.runtime, &views[&truth]);
            let mut comparison =
                Comparison { runtime, unit: &unit, types: &types, view, verified: &mut verified, questions: Vec::new() };
            for (function, ours) in &resolved.functions {
                comparison.function(function, ours);
            }
            for (index, ours) in &resolved.variables {
                comparison.variable(*index, ours);
            }
            comparison.declarations(items, &resolved.types);
            comparison.ask(place)?;
        }
        verified.findings.sort_by_key(|finding| finding.primary.range.start);
        Ok(verified)
    }

    /// The types of what a block declares; what names types of other modules is left out.
    fn resolve_block<'u>(&mut self, unit: &'u Unit, block: usize, module: &'static Module, types: &UnitTypes) -> Resolved<'u> {
        let mut describe = |description: &TypeDescription| {
            let id = self.vm.describe(description, module, types).ok()?;
            Some((shape_of(&self.vm.runtime, id), self.vm.runtime.types.name(id).to_string()))
        };
        let mut resolved = Resolved { functions: Vec::new(), variables: Vec::new(), types: HashMap::new() };
        let declared = &unit.extern_blocks[block];
        for function in &declared.functions {
            let parameters: Option<Vec<_>> =
                function.parameters.iter().map(|parameter| describe(&parameter.description)).collect();
            if let (Some(parameters), Some(result)) = (parameters, describe(&function.result)) {
                resolved.functions.push((function, Prototype { parameters, result }));
            }
        }
        for &index in &declared.variables {
            resolved.variables.extend(describe(&unit.extern_variables[index as usize].description).map(|found| (index, found)));
        }
        let slotted = unit.type_names.iter().map(|(slot, description)| {
            let index = (slot - unit.first_slot) as usize;
            (Rc::clone(&unit.slots[index].name), description)
        });
        let aliased = declared.types.iter().map(|(name, description)| (Rc::clone(name), description));
        for (name, description) in slotted.chain(aliased) {
            resolved.types.extend(describe(description).map(|found| (name, found)));
        }
        resolved
    }
}

/// The types of a block: shape and name of each.
struct Resolved<'u> {
    functions: Vec<(&'u ExternFunction, Prototype)>,
    variables: Vec<(u32, (Shape, String))>,
    types: HashMap<Rc<str>, (Shape, String)>,
}

struct Prototype {
    parameters: Vec<(Shape, String)>,
    result: (Shape, String),
}

/// What a block is compared with.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Truth {
    Headers(String),
    /// The C text that stands in the block.
    Pasted(String),
}

/// For each extern block the headers it is compared with, and where they are named.
fn headers_of_blocks(module: &Tree, file: &SourceFile, given: Option<&str>) -> Vec<Option<(Truth, SourceRange)>> {
    let mut comments = Vec::new();
    for comment in &module.comments {
        if let Some(header) = file.slice(comment.range).trim_start_matches('#').trim().strip_prefix("header:") {
            comments.push((header.trim().to_string(), comment.range));
        }
    }
    let externs = module.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Extern(node) => Some(node),
        _ => None,
    });
    let of = |node: &syntax::tree::Extern| match (given, &node.body) {
        (Some(header), _) => Some((Truth::Headers(header.to_string()), node.range.at_start())),
        (None, ExternBody::Header { header, range, .. }) => Some((Truth::Headers(header.to_string()), *range)),
        (None, body) => match (comments.iter().rev().find(|(_, range)| range.start < node.range.end), body) {
            (Some((header, range)), _) => Some((Truth::Headers(header.clone()), *range)),
            (None, ExternBody::CText { range }) => Some((Truth::Pasted(file.slice(*range).to_string()), node.range.at_start())),
            (None, _) => None,
        },
    };
    externs.map(|node| of(node)).collect()
}

fn finding(message: String, range: SourceRange) -> Diagnostic {
    Diagnostic::new(Severity::Error, "VerifyError", message, range)
}

/// Looks up what a block declares in the library that it names. The process itself may have more where the script runs.
fn look_up(unit: &Unit, block: usize, base: Option<&std::path::Path>, range: SourceRange, findings: &mut Vec<Diagnostic>) {
    let declared = &unit.extern_blocks[block];
    let variables = declared.variables.iter().map(|&index| &unit.extern_variables[index as usize]);
    let functions = declared.functions.iter().map(|function| (Rc::clone(&function.symbol), function.range));
    let (symbols, ranges): (Vec<Rc<str>>, Vec<SourceRange>) =
        functions.chain(variables.map(|variable| (Rc::clone(&variable.symbol), variable.range))).unzip();
    if declared.libraries.is_empty() || symbols.is_empty() {
        return;
    }
    match crate::ffi::missing_symbols(&declared.libraries, base, &symbols) {
        Ok(missing) => {
            for (index, message) in missing {
                let mut found = finding(message, ranges[index]);
                if let Some(library) = crate::ffi::library_that_exports(&[&symbols[index]], &[]) {
                    found = found.with_help(format!("{library} has it"));
                }
                findings.push(found);
            }
        }
        Err(tried) => {
            let range = SourceRange::new(range.start, range.start + "extern".len() as u32);
            let message = format!("no library of this block can be loaded: {}", tried.join("; "));
            findings.push(finding(message, range));
        }
    }
}

/// What a call or a piece of memory sees of a type.
fn shape_of(runtime: &Runtime, id: TypeId) -> Shape {
    if id == TypeId::VOID {
        return Shape::Void;
    }
    if id == TypeId::BOOL {
        return Shape::Bool;
    }
    if id == TypeId::CSTR {
        return Shape::Pointer { is_const: true, target: Box::new(Shape::Int { bits: 8, is_signed: true }) };
    }
    let info = runtime.types.info(id);
    match &info.kind {
        TypeKind::Integer { bits, is_signed } => Shape::Int { bits: *bits, is_signed: *is_signed },
        TypeKind::Float { bits } => Shape::Float { bits: *bits },
        TypeKind::Pointer { is_const, target } => {
            Shape::Pointer { is_const: *is_const, target: Box::new(shape_of(runtime, *target)) }
        }
        TypeKind::Array { length, element } => Shape::Array { length: *length, element: Box::new(shape_of(runtime, *element)) },
        TypeKind::Function(function) => Shape::Function {
            parameters: function.parameters.iter().map(|id| shape_of(runtime, *id)).collect(),
            is_variadic: function.is_variadic,
            result: Box::new(shape_of(runtime, function.result)),
        },
        TypeKind::Record(record) => Shape::Record(vec![Rc::clone(&record.name)]),
        TypeKind::Enum(found) => shape_of(runtime, found.base),
        _ => Shape::Other(info.name.to_string()),
    }
}

impl Comparison<'_> {
    fn report(&mut self, message: String, range: SourceRange, ours: &str, theirs: &Seen) {
        let mut found = finding(message, range).with_detail(format!("here: {ours}"));
        let text = self.view.text(&theirs.name);
        if !text.is_empty() {
            found = found.with_detail(format!("{}: {text}", theirs.place));
        }
        self.verified.findings.push(found);
    }

    fn unknown(&mut self, name: &str, range: SourceRange) {
        let message = format!("{} does not declare `{name}`", self.view.name());
        self.verified.findings.push(finding(message, range));
    }

    // ------------------------------------------------------------ prototypes

    fn function(&mut self, function: &ExternFunction, ours: &Prototype) {
        let (name, range) = (&function.name, function.range);
        let Some(theirs) = self.view.function(&function.symbol, name) else { return self.unknown(name, range) };
        let Shape::Function { parameters, is_variadic, result } = &theirs.shape else { return };
        self.verified.functions += 1;
        let named = function.parameters.iter().zip(&ours.parameters);
        let mut written: Vec<String> = named.map(|(parameter, (_, text))| format!("{}: {text}", parameter.name)).collect();
        if function.is_variadic {
            written.push("...".into());
        }
        let arrow = if ours.result.0 == Shape::Void { String::new() } else { format!(" -> {}", ours.result.1) };
        let text = format!("fn {name}({}){arrow}", written.join(", "));
        if ours.parameters.len() != parameters.len() {
            let message = format!("`{name}` has {} parameters here, and {} in C", ours.parameters.len(), parameters.len());
            return self.report(message, range, &text, &theirs);
        }
        if function.is_variadic != *is_variadic {
            let (here, there) = if *is_variadic { ("no `...`", "one") } else { ("a `...`", "none") };
            return self.report(format!("`{name}` has {here} here, and {there} in C"), range, &text, &theirs);
        }
        for (index, ((ours, _), declared)) in ours.parameters.iter().zip(parameters).enumerate() {
            if let Some(why) = difference(ours, declared) {
                let parameter = &function.parameters[index];
                let message = format!("parameter {} of `{name}`, `{}`, is {why} in C", index + 1, parameter.name);
                let range = if parameter.range.is_nowhere() { function.range } else { parameter.range };
                self.report(message, range, &text, &theirs);
            }
        }
        if let Some(why) = difference(&ours.result.0, result) {
            let message = match (&ours.result.0, &**result) {
                (Shape::Void, _) => format!("`{name}` has a result in C"),
                (_, Shape::Void) => format!("`{name}` has no result in C"),
                // A result may be promised to be read only.
                (Shape::Pointer { is_const: true, target: ours }, Shape::Pointer { target: theirs, .. })
                    if difference(ours, theirs).is_none() =>
                {
                    return;
                }
                _ => format!("the result of `{name}` is {why} in C"),
            };
            self.report(message, range, &text, &theirs);
        }
    }

    fn variable(&mut self, index: u32, ours: &(Shape, String)) {
        let variable = &self.unit.extern_variables[index as usize];
        let (name, range) = (Rc::clone(&variable.name), variable.range);
        let Some(theirs) = self.view.variable(&variable.symbol, &name) else { return self.unknown(&name, range) };
        self.verified.variables += 1;
        if let Some(why) = difference(&ours.0, &theirs.shape) {
            self.report(format!("the variable `{name}` is {why} in C"), range, &format!("var {name}: {}", ours.1), &theirs);
        }
    }

    // ------------------------------------------------------------ types and constants

    fn declarations(&mut self, items: &[ExternItem], types: &HashMap<Rc<str>, (Shape, String)>) {
        for item in items {
            let ExternItem::Declaration(statement) = item else { continue };
            match &statement.kind {
                StatementKind::Record(node) => {
                    let Some(name) = &node.name else { continue };
                    let declared =
                        self.unit.records.iter().position(|record| record.range == name.range && record.name == name.text);
                    if let Some(index) = declared {
                        self.record(index, name.range);
                    }
                }
                StatementKind::Enum(node) => {
                    let unit = self.unit;
                    let found = unit.enums.iter().find(|found| found.range == node.name.range && found.name == node.name.text);
                    if let Some(found) = found.or_else(|| unit.enums.iter().find(|found| found.name == node.name.text)) {
                        self.enumeration(found, node.name.range);
                    }
                }
                StatementKind::TypeName { name, .. } => {
                    let Some(ours) = types.get(&name.text) else { continue };
                    // A name that only the script has is its own affair.
                    let Some(theirs) = self.view.type_name(&name.text) else { continue };
                    self.verified.type_names += 1;
                    if let Some(why) = difference(&ours.0, &theirs.shape) {
                        let text = format!("type {} = {}", name.text, ours.1);
                        self.report(format!("the type `{}` is {why} in C", name.text), name.range, &text, &theirs);
                    }
                }
                StatementKind::Constant { name, .. } => self.constant(&name.text, name.range),
                _ => {}
            }
        }
    }

    fn question(&mut self, statement: String, range: SourceRange, subject: String, ours: String) {
        self.questions.push(Question { statement, range, subject, ours });
    }

    fn record(&mut self, index: usize, range: SourceRange) {
        let declared = &self.unit.records[index];
        let name = &declared.name;
        let Some((spelling, is_told)) = self.view.record(name) else { return self.unknown(name, range) };
        self.verified.records += 1;
        if spelling.is_empty() || declared.is_opaque {
            return;
        }
        if !is_told {
            let message = format!("the fields of `{name}` are not told by {}", self.view.name());
            self.verified.findings.push(finding(message, range));
            return;
        }
        let id = self.types.records[index];
        let info = self.runtime.types.info(id);
        let TypeKind::Record(record) = &info.kind else { return };
        let statement = format!("printf(\"%zu\", sizeof({spelling}));");
        self.question(statement, range, format!("sizeof({name})"), info.size.to_string());
        let statement = format!("printf(\"%zu\", _Alignof({spelling}));");
        self.question(statement, range, format!("alignof({name})"), info.align.to_string());
        let mut ranges: HashMap<&str, SourceRange> = HashMap::new();
        ranges.extend(declared.fields.iter().map(|field| (&*field.name, field.range)));
        let shapes = self.view.fields(name);
        for field in self.fields_of(record, 0) {
            let range = ranges.get(&*field.name).copied().unwrap_or(range);
            if let (Some(theirs), Some(ours)) = (shapes.get(&field.name), &field.shape)
                && let Some(why) = difference(ours, theirs)
            {
                self.verified.findings.push(finding(format!("the field `{}` of `{name}` is {why} in C", field.name), range));
                continue;
            }
            let member = &field.name;
            match field.bits {
                // A flexible array has no size in C.
                None if field.size == 0 => {
                    let statement = format!("printf(\"%zu 0\", offsetof({spelling}, {member}));");
                    self.question(statement, range, format!("the offset of {name}.{member}"), format!("{} 0", field.offset));
                }
                None => {
                    let statement =
                        format!("printf(\"%zu %zu\", offsetof({spelling}, {member}), sizeof((({spelling} *)0)->{member}));");
                    let ours = format!("{} {}", field.offset, field.size);
                    self.question(statement, range, format!("offset and size of {name}.{member}"), ours);
                }
                // Bits that only fill have no name in C.
                Some(_) if member.starts_with("_fill") => {}
                Some((first, width)) => {
                    let statement = format!(
                        "{{ {spelling} r; memset(&r, 0, sizeof r); r.{member} = -1; for (size_t i = 0; i < sizeof r; i++) printf(\"%02x\", ((unsigned char *)&r)[i]); }}"
                    );
                    let ours = bytes_of_bits(field.offset, first, width, info.size);
                    self.question(statement, range, format!("the bits of {name}.{member}"), ours);
                }
            }
        }
    }

    /// The fields that can be named, those of anonymous parts included.
    fn fields_of(&self, record: &RecordType, base: u64) -> Vec<FieldSeen> {
        let mut fields = Vec::new();
        for field in &record.fields {
            match field.place {
                FieldPlace::Own => fields.push(FieldSeen {
                    name: Rc::clone(&field.name),
                    offset: base + field.offset,
                    size: field.size,
                    bits: field.bits.map(|bits| (bits.first, bits.width)),
                    shape: field.bits.is_none().then(|| shape_of(self.runtime, field.type_id)),
                }),
                FieldPlace::Anonymous => {
                    if let Some(part) = self.runtime.types.record(field.type_id) {
                        fields.extend(self.fields_of(part, base + field.offset));
                    }
                }
                FieldPlace::Embedded => {}
            }
        }
        fields
    }

    fn enumeration(&mut self, found: &EnumDeclaration, range: SourceRange) {
        let Some(spelling) = self.view.enumeration(&found.name) else { return self.unknown(&found.name, range) };
        self.verified.enums += 1;
        if !spelling.is_empty() {
            let base = match &found.base {
                TypeDescription::Builtin(name) => TypeId::fixed(name).unwrap_or(TypeId::C_INT),
                _ => TypeId::C_INT,
            };
            let size = self.runtime.types.info(base).size;
            let statement = format!("printf(\"%zu\", sizeof({spelling}));");
            self.question(statement, range, format!("sizeof({})", found.name), size.to_string());
        }
        for (member, value) in &found.members {
            // A keyword has a `_` behind it here, and the constant of the same name is compared by itself.
            let statement = format!("printf(\"int %lld\", (long long)({}));", c_name(member));
            self.question(statement, range, format!("{}.{member}", found.name), format!("int {value}"));
        }
    }

    fn constant(&mut self, name: &Rc<str>, range: SourceRange) {
        let unit = self.unit;
        let slotted = unit.constants.iter().find(|(slot, _)| unit.slots[(slot - unit.first_slot) as usize].name == *name);
        let aliased = || unit.extern_blocks.iter().flat_map(|block| &block.constants).find(|(known, _)| known == name);
        let Some(value) = slotted.map(|(_, value)| value).or_else(|| aliased().map(|(_, value)| value)) else { return };
        self.verified.constants += 1;
        let c_name = c_name(name);
        let (statement, ours) = match value {
            Constant::Int(value) => (
                format!(
                    "printf(\"%s %lld\", __builtin_classify_type({c_name}) == 8 ? \"float\" : __builtin_classify_type({c_name}) == 5 ? \"pointer\" : \"int\", (long long)({c_name}));"
                ),
                format!("int {value}"),
            ),
            Constant::Float(value) => (format!("printf(\"%.17e\", (double)({c_name}));"), exponential(*value)),
            Constant::String(text) => (
                format!("for (const char *t = {c_name}; *t; t++) printf(\"%02x\", (unsigned char)*t);"),
                text.bytes().map(|byte| format!("{byte:02x}")).collect(),
            ),
            _ => return,
        };
        self.question(statement, range, format!("the constant `{name}`"), ours);
    }

    /// Puts the questions to the C compiler and reports what it answers otherwise.
    fn ask(&mut self, place: SourceRange) -> Result<(), Vec<Diagnostic>> {
        let statements: Vec<String> = self.questions.iter().map(|question| question.statement.clone()).collect();
        let answers =
            self.view.ask(&statements).map_err(|failure| vec![finding(failure.message(), place).with_help(failure.help())])?;
        for (question, answer) in std::mem::take(&mut self.questions).into_iter().zip(answers) {
            let (subject, range) = (&question.subject, question.range);
            match answer {
                Ok(theirs) if theirs == question.ours => {}
                Ok(theirs) => {
                    let (ours, theirs) = (readable(&question.ours), readable(&theirs));
                    let found = finding(format!("{subject} is {ours} here, and {theirs} in {}", self.view.name()), range);
                    self.verified.findings.push(found);
                }
                Err(why) => {
                    let found = finding(format!("{subject}: the C compiler does not know it"), range).with_detail(why);
                    self.verified.findings.push(found);
                }
            }
        }
        Ok(())
    }
}

struct FieldSeen {
    name: Rc<str>,
    offset: u64,
    size: u64,
    /// First bit and width.
    bits: Option<(u8, u8)>,
    shape: Option<Shape>,
}

/// What a name is in C where a `_` keeps it from being a keyword.
fn c_name(name: &str) -> &str {
    match name.strip_suffix('_') {
        Some(word) if syntax::token::is_keyword(word) => word,
        _ => name,
    }
}

/// An answer for people: `int 5` is 5, `8 4` is offset 8 and size 4, hexadecimal digits are what they say.
fn readable(answer: &str) -> String {
    if let Some(number) = answer.strip_prefix("int ") {
        return number.to_string();
    }
    if let Some((offset, size)) = answer.split_once(' ')
        && offset.parse::<u64>().is_ok()
    {
        return format!("{offset} and {size}");
    }
    answer.to_string()
}

/// A double as C's `%.17e` writes it.
fn exponential(value: f64) -> String {
    let text = format!("{value:.17e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let number: i32 = exponent.parse().unwrap_or(0);
            format!("{digits}e{}{:02}", if number < 0 { '-' } else { '+' }, number.abs())
        }
        None => text,
    }
}

fn bytes_of_bits(offset: u64, first: u8, width: u8, size: u64) -> String {
    let mut bytes = vec![0u8; size as usize];
    for bit in u64::from(first)..u64::from(first) + u64::from(width) {
        if let Some(byte) = bytes.get_mut((offset + bit / 8) as usize) {
            *byte |= 1 << (bit % 8);
        }
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
