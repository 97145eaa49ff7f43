//! The listing of a unit: what `cotter dump code` prints. One line for each instruction: its number, the operation, the
//! operands with what they name, and the source line. The same program always gives the same text.

use super::{Capture, Code, Constant, HandlerKind, Instruction, Op, Operands, TypeDescription, Unit, jump_target};
use crate::source::SourceMap;
use std::fmt::Write;

/// Characters of a string constant that are shown.
const SHOWN: usize = 40;

/// All the code of a unit: its main code, then functions, then methods and constructors, each with those inside it.
pub fn list_unit(unit: &Unit, sources: &SourceMap) -> String {
    let mut listing = Listing { unit, sources, text: String::new() };
    listing.code(&unit.main, "");
    for (_, code) in &unit.functions {
        listing.code(code, "");
    }
    for record in &unit.records {
        for (_, code) in &record.methods {
            listing.code(code, "");
        }
        if let Some(code) = &record.constructor {
            listing.code(code, "constructor ");
        }
    }
    listing.text
}

struct Listing<'u> {
    unit: &'u Unit,
    sources: &'u SourceMap,
    text: String,
}

impl Listing<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn code(&mut self, code: &Code, word: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.header(code, word);
        for (index, &instruction) in code.instructions.iter().enumerate() {
            let operands = self.operands(code, index, instruction);
            let line = self.source_line(code.ranges[index]);
            self.line(&format!("{index:5}  {:<24} {operands:<40} {line}", instruction.op().name()));
        }
        for handler in &code.handlers {
            let (word, target) = match handler.kind {
                HandlerKind::Catch { target } => ("catch", format!(" -> {target}")),
                HandlerKind::Cleanup { target } => ("cleanup", format!(" -> {target}")),
                HandlerKind::Chain => ("chain", String::new()),
            };
            let (start, end) = (handler.start, handler.end);
            self.line(&format!("       {word} {start}..{end}{target} in r{}, live {}", handler.register, handler.live));
        }
        for function in &code.functions {
            self.code(function, "");
        }
    }

    fn header(&mut self, code: &Code, word: &str) {
        let mut parameters: Vec<String> =
            code.parameters.iter().map(|p| if p.has_default { format!("{} =", p.name) } else { p.name.to_string() }).collect();
        parameters.extend(code.rest.iter().map(|rest| format!("...{rest}")));
        let name = if code.name.is_empty() { "fn" } else { &code.name };
        let mut header = format!("{word}{name}({}) registers {}", parameters.join(", "), code.register_count);
        if code.is_generator {
            header.push_str(", generator");
        }
        if !code.captures.is_empty() {
            let captures: Vec<String> = code
                .captures
                .iter()
                .map(|capture| match capture {
                    Capture::Register(register) => format!("r{register}"),
                    Capture::Captured(index) => format!("captured {index}"),
                })
                .collect();
            let _ = write!(header, ", captures {}", captures.join(" "));
        }
        self.line(&header);
    }

    fn source_line(&self, range: crate::source::SourceRange) -> String {
        match self.sources.file(range) {
            Some(file) => format!("{}", file.line_column(range.start).0),
            None => "-".to_string(),
        }
    }

    fn operands(&self, code: &Code, index: usize, instruction: Instruction) -> String {
        let (a, b, c) = (instruction.a(), instruction.b(), instruction.c());
        let wide = instruction.wide_operand();
        let target = || jump_target(index, instruction).unwrap_or(0);
        let constant = |index: usize| code.constants.get(index).map_or_else(|| "?".to_string(), show_constant);
        let shown_type = |index: usize| code.types.get(index).map_or_else(|| "?".to_string(), |t| self.show_type(t));
        let cache = |index: usize| code.caches.get(index).map_or_else(|| "?".to_string(), |name| format!(".{name}"));
        let mut text = match instruction.op().operands() {
            Operands::None => String::new(),
            Operands::A => format!("r{a}"),
            Operands::AB => format!("r{a} r{b}"),
            Operands::ABC => format!("r{a} r{b} r{c}"),
            Operands::ANumber => format!("r{a} {}", instruction.signed_wide()),
            Operands::AConstant => format!("r{a} {}", constant(wide)),
            Operands::ABConstant => format!("r{a} r{b} {}", constant(c)),
            Operands::ABNumber => format!("r{a} r{b} {}", instruction.signed_c()),
            Operands::Jump => format!("-> {}", target()),
            Operands::AJump => format!("r{a} -> {}", target()),
            Operands::ABJump => format!("r{a} r{b} -> {}", target()),
            Operands::ANumberJump => format!("r{a} {} -> {}", instruction.signed_b(), target()),
            Operands::AConstantJump => format!("r{a} {} -> {}", constant(b), target()),
            Operands::ACaptured => format!("r{a} captured {b}"),
            Operands::ASlot => format!("r{a} {}", self.show_slot(wide)),
            Operands::AFunction => {
                let name = code.functions.get(wide).map_or("?", |f| if f.name.is_empty() { "fn" } else { &f.name });
                format!("r{a} {name}")
            }
            Operands::ABCache => format!("r{a} r{b} {}", cache(c)),
            Operands::Call => format!("r{a} ({b})"),
            Operands::CallWith if instruction.op() == Op::CallMethod => format!("r{a} ({b}) {}", cache(c)),
            Operands::CallWith if instruction.op() == Op::CallSpread && b == 0 => format!("r{a} (...)"),
            Operands::CallWith => format!("r{a} ({b}) {}", constant(c)),
            Operands::ARun => format!("r{a} r{b} x{c}"),
            Operands::AType => format!("r{a} {}", shown_type(wide)),
            Operands::ABType if instruction.op() == Op::OffsetOf => format!("r{a} {} {}", shown_type(c), constant(b)),
            Operands::ABType => format!("r{a} r{b} {}", shown_type(c)),
            Operands::Extern => format!("block {wide}"),
            Operands::AExtern => {
                let name = self.unit.extern_variables.get(wide).map_or("?", |v| &v.name);
                format!("r{a} {name}")
            }
        };
        if instruction.x() != 0 {
            let _ = write!(text, " (x = {})", instruction.x());
        }
        text
    }

    fn show_slot(&self, slot: usize) -> String {
        let own = slot.checked_sub(self.unit.first_slot as usize).and_then(|index| self.unit.slots.get(index));
        own.map_or_else(|| format!("slot {slot}"), |slot| slot.name.to_string())
    }

    fn show_type(&self, description: &TypeDescription) -> String {
        match description {
            TypeDescription::Builtin(name) => name.to_string(),
            TypeDescription::Record(index) => match self.unit.records.get(*index as usize) {
                Some(record) if !record.name.is_empty() => record.name.to_string(),
                _ => format!("record {index}"),
            },
            TypeDescription::Enum(index) => self.unit.enums.get(*index as usize).map_or("?", |e| &e.name).to_string(),
            TypeDescription::Member { slot, path, .. } => {
                let mut text = self.show_slot(*slot as usize);
                for name in path {
                    let _ = write!(text, ".{name}");
                }
                text
            }
            TypeDescription::Pointer { is_const, target } => {
                format!("*{}{}", if *is_const { "const " } else { "" }, self.show_type(target))
            }
            TypeDescription::Slice(element) => format!("[]{}", self.show_type(element)),
            TypeDescription::Array { length, element } => format!("[{length}]{}", self.show_type(element)),
            TypeDescription::Function { parameters, is_variadic, result } => {
                let mut parameters: Vec<String> = parameters.iter().map(|p| self.show_type(p)).collect();
                if *is_variadic {
                    parameters.push("...".to_string());
                }
                format!("fn({}) -> {}", parameters.join(", "), self.show_type(result))
            }
            TypeDescription::Nilable(inner) => format!("{}?", self.show_type(inner)),
        }
    }
}

fn show_constant(constant: &Constant) -> String {
    match constant {
        Constant::Nil => "nil".to_string(),
        Constant::Bool(value) => value.to_string(),
        Constant::Int(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::String(value) => cut(&format!("{value:?}")),
        Constant::Bytes(bytes) => cut(&format!("b\"{}\"", bytes.escape_ascii())),
        Constant::Format(format) => format!("format {}", show_format(format)),
        Constant::Names(names) => format!("({})", names.join(", ")),
        Constant::Builtin(name) => name.to_string(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_string();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}…")
}

/// A format as it is written.
fn show_format(format: &crate::format::Format) -> String {
    use crate::format::{Align, Sign};
    let mut text = String::new();
    if let Some(align) = format.align {
        if format.fill != ' ' {
            text.push(format.fill);
        }
        text.push(match align {
            Align::Left => '<',
            Align::Right => '>',
            Align::Center => '^',
        });
    }
    match format.sign {
        Sign::Negative => {}
        Sign::Always => text.push('+'),
        Sign::Blank => text.push(' '),
    }
    if format.alternate {
        text.push('#');
    }
    if format.zero {
        text.push('0');
    }
    if format.width > 0 {
        let _ = write!(text, "{}", format.width);
    }
    if let Some(precision) = format.precision {
        let _ = write!(text, ".{precision}");
    }
    text.extend(format.kind);
    text
}
