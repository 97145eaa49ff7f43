//! `:show x`: how memory lies: the fields of a struct with offsets, types, sizes, values and bytes; the elements of a slice; what a
//! pointer points to; the layout of a type.

use super::table::{Align, Table};
use super::{Answer, Session};
use crate::value::{Kind, Memory, Representation, Runtime, Thrown, TypeId, TypeKind, TypeTable, Value, write_repr};
use crate::vm::Vm;

/// Characters of a field's value.
const MAXIMUM_VALUE: usize = 32;
/// Bytes in a row.
const BYTES_IN_ROW: usize = 16;
/// Elements of a slice, and rows of plain bytes.
const MAXIMUM_ROWS: usize = 16;

impl Session {
    /// Evaluates an expression, as an entry would be, and lays out what it gives.
    pub fn show_layout(&mut self, name: &str, text: &str) -> Answer {
        let value = match self.run_entry(name, text) {
            Ok((value, _)) => value,
            Err(entry) => return Answer::Ended(entry),
        };
        // Values may be shown by methods of a script, which allocate.
        let floor = self.vm.runtime.held.len();
        self.vm.runtime.held.push(value);
        let shown = show(&mut self.vm, value);
        self.vm.runtime.held.truncate(floor);
        match (self.vm.flush_output(), shown) {
            (Ok(()), Ok(answer)) => answer,
            (_, Err(thrown)) | (Err(thrown), Ok(_)) => Answer::Ended(self.entry_of(thrown)),
        }
    }
}

/// `Point: 16 bytes, aligned to 8`
pub(super) fn heading_of_type(types: &TypeTable, type_id: TypeId) -> String {
    let info = types.info(type_id);
    match &info.kind {
        TypeKind::Record(record) if record.is_opaque => format!("{}: opaque, only pointers to it are used", info.name),
        TypeKind::Enum(of) => format!("{}: {}, an enum of {}", info.name, extent(info.size, info.align), types.name(of.base)),
        TypeKind::Record(record) if record.is_union => format!("{}: {}, a union", info.name, extent(info.size, info.align)),
        _ => format!("{}: {}", info.name, extent(info.size, info.align)),
    }
}

fn extent(size: u64, align: u64) -> String {
    format!("{}, aligned to {align}", count(size, "byte"))
}

pub(super) fn count(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

fn show(vm: &mut Vm, value: Value) -> Result<Answer, Thrown> {
    if let Some(type_id) = Runtime::type_of_value(value) {
        return Ok(show_type(vm, type_id));
    }
    if value.is_string() {
        let bytes = vm.runtime.peek_raw(value, value.string_length(), ":show")?;
        let heading = format!("string: {} and a NUL behind them\n", count(bytes.len() as u64, "byte"));
        return Ok(Answer::Text(heading + &dump(&bytes, bytes.len())));
    }
    let Some(memory) = Memory::of(value) else { return Ok(nothing_to_show(vm, value)) };
    let (representation, type_id, target) = {
        let info = vm.runtime.types.info(memory.type_id);
        (info.representation, memory.type_id, info.target)
    };
    match representation {
        Representation::Record => {
            let heading = heading_of_type(&vm.runtime.types, type_id);
            let place = place(vm, &memory);
            let mut rows = Rows::new(true);
            rows.record(vm, type_id, Some(value), "", 0)?;
            let size = vm.runtime.types.info(type_id).size;
            let bytes = vm.runtime.peek_raw(value, size as usize, ":show")?;
            Ok(Answer::Text(format!("{heading}, {place}\n{}", rows.finish(&bytes))))
        }
        Representation::Slice => show_slice(vm, value, &memory),
        Representation::Pointer => {
            let info = vm.runtime.types.info(target);
            if !info.has_layout() {
                let why = format!("what a {} points to has no known layout", vm.runtime.types.name(type_id));
                let help = "say what is there: `:show p as *T`, or `:show p as *u8` for its first byte".to_string();
                return Ok(Answer::Refused { why, help });
            }
            let name = vm.runtime.types.name(type_id).clone();
            let heading = heading_of_type(&vm.runtime.types, target);
            let place = place(vm, &memory);
            let size = vm.runtime.types.info(target).size;
            let bytes = vm.runtime.peek_raw(value, size as usize, ":show")?;
            let mut rows = Rows::new(true);
            match vm.runtime.types.record(target).is_some() {
                true => rows.record(vm, target, Some(value), "", 0)?,
                false => {
                    let element = vm.runtime.get_index(value, Value::inline_int(0))?;
                    let text = value_text(vm, element)?;
                    rows.add(0, size, size.to_string(), String::new(), type_name(vm, target), text);
                }
            }
            Ok(Answer::Text(format!("{name} to {heading}, {place}\n{}", rows.finish(&bytes))))
        }
        _ => Ok(nothing_to_show(vm, value)),
    }
}

fn nothing_to_show(vm: &Vm, value: Value) -> Answer {
    let what = if value.is_nil() { "nil".to_string() } else { format!("a value of type {}", vm.runtime.type_name(value)) };
    Answer::Refused {
        why: format!("`:show` has nothing to lay out for {what}"),
        help: "it takes a struct value, a pointer, a slice, a string or a type; for how much memory there is, see :heap"
            .to_string(),
    }
}

fn show_type(vm: &mut Vm, type_id: TypeId) -> Answer {
    let info = vm.runtime.types.info(type_id);
    if let TypeKind::Enum(of) = &info.kind {
        let mut text = heading_of_type(&vm.runtime.types, type_id) + "\n";
        of.members.iter().for_each(|(name, number)| text.push_str(&format!("  {name} = {number}\n")));
        return Answer::Text(text);
    }
    if !info.has_layout() {
        let (why, help) = match info.record() {
            Some(_) => (format!("{} is opaque: it was declared without fields", info.name), "only pointers to it can be used"),
            None => (
                format!("no memory holds values of type {}", info.name),
                "structs, unions, enums and the types of C have a layout",
            ),
        };
        return Answer::Refused { why, help: help.to_string() };
    }
    let heading = heading_of_type(&vm.runtime.types, type_id);
    let mut rows = Rows::new(false);
    // Without memory there is nothing that could fail.
    if rows.record(vm, type_id, None, "", 0).is_err() {
        rows = Rows::new(false);
    }
    Answer::Text(format!("{heading}\n{}", rows.finish(&[])))
}

fn show_slice(vm: &mut Vm, value: Value, memory: &Memory) -> Result<Answer, Thrown> {
    let Some(parts) = vm.runtime.slice_parts(value) else { return Ok(nothing_to_show(vm, value)) };
    let name = vm.runtime.types.name(memory.type_id).clone();
    let place = place(vm, memory);
    if parts.is_unbounded {
        let why = format!("nobody knows where this {name} in C's memory ends");
        return Ok(Answer::Refused { why, help: "show a part of it: `:show x[0..16]`".to_string() });
    }
    let (elements, size) = (count(parts.count as u64, "element"), count(parts.size as u64, "byte"));
    let heading = format!("{name}: {elements} of {size}, {place}\n");
    if parts.size == 1 {
        let shown = parts.count.min(MAXIMUM_ROWS * BYTES_IN_ROW);
        let bytes = vm.runtime.peek_raw(value, shown, ":show")?;
        return Ok(Answer::Text(heading + &dump(&bytes, parts.count)));
    }
    let shown = parts.count.min(MAXIMUM_ROWS);
    let bytes = vm.runtime.peek_raw(value, shown * parts.size, ":show")?;
    let mut rows = Rows::new(true);
    for index in 0..shown {
        let offset = (index * parts.size) as u64;
        let element = vm.runtime.get_index(value, Value::inline_int(index as i64))?;
        let label = format!("[{index}]");
        if vm.runtime.types.record(parts.element).is_some() {
            rows.nested(vm, parts.element, Some(element), &label, offset)?;
        } else {
            let text = value_text(vm, element)?;
            rows.add(offset, parts.size as u64, parts.size.to_string(), label, type_name(vm, parts.element), text);
        }
    }
    let mut text = heading + &rows.finish(&bytes);
    if shown < parts.count {
        text.push_str(&format!(
            "  … {}; show a part: `:show x[{shown}..]`\n",
            count((parts.count - shown) as u64, "more element")
        ));
    }
    Ok(Answer::Text(text))
}

/// Where memory is: who owns it, its address, and whether it is pinned.
fn place(vm: &Vm, memory: &Memory) -> String {
    let owner = match memory.owner.kind() {
        None => "in C's memory",
        Some(Kind::Arena) => "in an arena",
        Some(Kind::Owned) => "in C's memory, which is released with it",
        _ => "in managed memory",
    };
    let pins = match memory.owner.kind() {
        Some(Kind::Block | Kind::String) => vm.runtime.heap.pin_count(memory.owner.address().payload() as usize),
        _ => 0,
    };
    let pinned = if pins == 0 { String::new() } else { format!(", pinned ({})", count(pins, "pin")) };
    format!("{owner} at {:#x}{pinned}", memory.address)
}

fn type_name(vm: &Vm, type_id: TypeId) -> String {
    vm.runtime.types.name(type_id).to_string()
}

/// The `repr` of a value in so many characters.
fn value_text(vm: &mut Vm, value: Value) -> Result<String, Thrown> {
    let mut text = String::new();
    match write_repr(vm, value, &mut text) {
        Ok(()) => {}
        // Its own `str` failed, which is no failure of this command.
        Err(Thrown::Value(_)) => return Ok("?".to_string()),
        Err(thrown) => return Err(thrown),
    }
    let text = text.replace('\n', " ");
    Ok(match text.char_indices().nth(MAXIMUM_VALUE) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    })
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(BYTES_IN_ROW).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ") + if bytes.len() > BYTES_IN_ROW { " …" } else { "" }
}

/// Bytes in rows, with what they are as text; `all` is how many there are.
fn dump(bytes: &[u8], all: usize) -> String {
    let bytes = &bytes[..bytes.len().min(MAXIMUM_ROWS * BYTES_IN_ROW)];
    if bytes.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[("offset", Align::Right), ("bytes", Align::Left), ("text", Align::Left)]);
    for (row, chunk) in bytes.chunks(BYTES_IN_ROW).enumerate() {
        let text: String = chunk.iter().map(|&byte| if (b' '..=b'~').contains(&byte) { byte as char } else { '.' }).collect();
        table.row(vec![(row * BYTES_IN_ROW).to_string(), hex(chunk), text]);
    }
    let mut text = table.to_string();
    if bytes.len() < all {
        text.push_str(&format!("  … {}\n", count((all - bytes.len()) as u64, "more byte")));
    }
    text
}

/// The rows of a layout as they are found.
struct Rows {
    /// There is memory to look at.
    has_values: bool,
    rows: Vec<Row>,
}

struct Row {
    offset: u64,
    /// Bytes, for the column with what they are; 0 where rows of their own follow.
    length: u64,
    size: String,
    name: String,
    type_name: String,
    value: String,
}

impl Rows {
    fn new(has_values: bool) -> Rows {
        Rows { has_values, rows: Vec::new() }
    }

    fn add(&mut self, offset: u64, length: u64, size: String, name: String, type_name: String, value: String) {
        self.rows.push(Row { offset, length, size, name, type_name, value });
    }

    /// A part that is a record, and its fields behind it.
    fn nested(&mut self, vm: &mut Vm, type_id: TypeId, holder: Option<Value>, name: &str, offset: u64) -> Result<(), Thrown> {
        let size = vm.runtime.types.info(type_id).size;
        self.add(offset, 0, size.to_string(), name.to_string(), type_name(vm, type_id), String::new());
        let floor = vm.runtime.held.len();
        vm.runtime.held.extend(holder);
        let result = self.record(vm, type_id, holder, &format!("{name}."), offset);
        vm.runtime.held.truncate(floor);
        result
    }

    /// The fields of a record that stands at an offset, and the padding between them. `holder` gives their values.
    fn record(&mut self, vm: &mut Vm, type_id: TypeId, holder: Option<Value>, prefix: &str, base: u64) -> Result<(), Thrown> {
        let Some(record) = vm.runtime.types.record(type_id).cloned() else { return Ok(()) };
        let mut end = 0;
        for field in &record.fields {
            if field.offset > end {
                self.padding(base + end, field.offset - end);
            }
            let length = field.bits.map_or(field.size, |bits| (bits.first as u64 + bits.width as u64).div_ceil(8));
            end = end.max(field.offset + length);
            let offset = base + field.offset;
            let is_record = vm.runtime.types.record(field.type_id).is_some();
            // The parts of an anonymous part are reached as if they were the record's own.
            if field.name.is_empty() {
                self.record(vm, field.type_id, holder, prefix, offset)?;
                continue;
            }
            let name = format!("{prefix}{}", field.name);
            let value = match holder {
                Some(holder) => match vm.runtime.get_field(holder, &field.name) {
                    Ok(value) => Some(value),
                    // A pointer to what is no longer there.
                    Err(Thrown::Value(_)) => None,
                    Err(thrown) => return Err(thrown),
                },
                None => None,
            };
            if is_record {
                self.nested(vm, field.type_id, value, &name, offset)?;
                continue;
            }
            let text = match value {
                Some(value) => value_text(vm, value)?,
                None => "?".to_string(),
            };
            let (size, of_type) = match field.bits {
                Some(bits) => {
                    let (first, last) = (bits.first, bits.first + bits.width - 1);
                    let size = if first == last { format!("bit {first}") } else { format!("bits {first}-{last}") };
                    (size, format!("{}: {}", type_name(vm, field.type_id), bits.width))
                }
                None => (field.size.to_string(), type_name(vm, field.type_id)),
            };
            self.add(offset, length, size, name, of_type, text);
        }
        let size = vm.runtime.types.info(type_id).size;
        if end < size {
            self.padding(base + end, size - end);
        }
        Ok(())
    }

    fn padding(&mut self, offset: u64, length: u64) {
        self.add(offset, length, length.to_string(), "(padding)".to_string(), String::new(), String::new());
    }

    /// The table, with the bytes of each row.
    fn finish(self, bytes: &[u8]) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut columns = vec![("offset", Align::Right), ("size", Align::Right), ("field", Align::Left), ("type", Align::Left)];
        // The one thing behind a pointer has no name.
        let has_names = self.rows.iter().any(|row| !row.name.is_empty());
        if !has_names {
            columns.remove(2);
        }
        if self.has_values {
            columns.extend([("value", Align::Left), ("bytes", Align::Left)]);
        }
        let mut table = Table::new(&columns);
        for row in self.rows {
            let part = bytes.get(row.offset as usize..(row.offset + row.length) as usize).map_or(String::new(), hex);
            let mut cells = vec![row.offset.to_string(), row.size];
            if has_names {
                cells.push(row.name);
            }
            cells.push(row.type_name);
            if self.has_values {
                cells.extend([row.value, part]);
            }
            table.row(cells);
        }
        table.to_string()
    }
}
