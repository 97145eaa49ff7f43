//! What the heap holds, as one page for a browser, for `gc.snapshot`: spans by size class and how full they are, what is pinned and from
//! where, which types take how much, the largest objects and what keeps them alive. The page needs nothing else: no script, no font,
//! no other file.

use super::pin_row::{PinRow, pin_rows};
use super::snapshot::Objects;
use crate::heap::SpanFigures;
use crate::markup::escaped;
use crate::value::Value;
use crate::vm::{Root, Vm};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

const STYLE: &str = include_str!("heap_page.css");
/// Rows of the tables of types and of large objects.
const MOST_ROWS: usize = 40;
/// Spans of one class that are drawn one by one.
const MOST_SPANS: usize = 2_000;
/// References that a path shows.
const LONGEST_PATH: usize = 12;

/// The page.
pub(super) fn page(vm: &mut Vm) -> String {
    let objects = Objects::of(&vm.runtime);
    let kept = Kept::find(vm, &objects);
    let mut out = String::new();
    out.push_str(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Heap of a Cotter program</title>\n<style>\n",
    );
    out.push_str(STYLE);
    out.push_str("</style>\n<h1>Heap of a Cotter program</h1>\n");
    figures(vm, &objects, &mut out);
    spans(vm, &mut out);
    pins(vm, &mut out);
    types(vm, &objects, &mut out);
    largest(vm, &objects, &kept, &mut out);
    out.push_str("</html>\n");
    out
}

fn figures(vm: &Vm, objects: &Objects, out: &mut String) {
    let stats = vm.runtime.heap.stats();
    let rows = [
        ("objects", objects.list.len().to_string()),
        ("bytes in objects", grouped(objects.bytes())),
        ("bytes made usable", grouped(stats.committed_bytes)),
        ("collection at", if stats.goal_bytes == usize::MAX { "never".to_string() } else { grouped(stats.goal_bytes) }),
        ("collections so far", stats.collections.to_string()),
        ("longest pause", format!("{:.2} ms", stats.pause_max.as_secs_f64() * 1e3)),
        ("pinned objects", stats.pinned_objects.to_string()),
    ];
    out.push_str("<dl id=\"figures\">\n");
    for (name, value) in rows {
        _ = writeln!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>\n");
}

fn spans(vm: &Vm, out: &mut String) {
    let mut classes: BTreeMap<(bool, usize, bool), Vec<SpanFigures>> = BTreeMap::new();
    vm.runtime.heap.for_each_span(&mut |span| {
        let size = if span.is_large { 0 } else { span.slot_size };
        classes.entry((span.is_large, size, span.noscan)).or_default().push(span);
    });
    out.push_str(
        "<section id=\"spans\"><h2>Spans by size class</h2>\n<p>A span is a run of pages with objects of one size. Each square is a span, \
         filled as far as its slots hold objects; a ring means that something in it is pinned.</p>\n<table>\n<tr><th class=\"n\">slot<th>holds\
         <th class=\"n\">objects<th class=\"n\">slots<th class=\"n\">full<th>spans</tr>\n",
    );
    for ((is_large, slot_size, noscan), spans) in classes {
        let slots: usize = spans.iter().map(|span| span.slots).sum();
        let allocated: usize = spans.iter().map(|span| span.allocated).sum();
        let slot = if is_large { "large".to_string() } else { grouped(slot_size) };
        let holds = if noscan { "plain bytes" } else { "references" };
        let percent = 100 * allocated / slots.max(1);
        _ = write!(
            out,
            "<tr><td class=\"n\">{slot}<td>{holds}<td class=\"n\">{allocated}<td class=\"n\">{slots}<td class=\"n\">{percent} %<td><div class=\"spans\">"
        );
        for span in spans.iter().take(MOST_SPANS) {
            let percent = 100 * span.allocated / span.slots.max(1);
            let class = if span.pinned > 0 { " class=\"pinned\"" } else { "" };
            let bytes = if is_large { format!("{} bytes, ", grouped(span.slot_size)) } else { String::new() };
            let (allocated, slots, pinned) = (span.allocated, span.slots, span.pinned);
            _ = write!(
                out,
                "<i{class} style=\"--f:{percent}%\" title=\"{bytes}{allocated} of {slots} slots, {pinned} pinned\"></i>"
            );
        }
        out.push_str("</div>");
        if spans.len() > MOST_SPANS {
            _ = write!(out, " and {} more", spans.len() - MOST_SPANS);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></section>\n");
}

fn pins(vm: &mut Vm, out: &mut String) {
    let rows = pin_rows(vm);
    out.push_str("<section id=\"pins\"><h2>Pinned</h2>\n");
    if rows.is_empty() {
        out.push_str("<p>Nothing is pinned.</p></section>\n");
        return;
    }
    out.push_str("<table>\n<tr><th>type<th class=\"n\">bytes<th>pinned at</tr>\n");
    for PinRow { type_id, size, place, .. } in &rows {
        let name = escaped(&vm.runtime.types.name(*type_id).clone());
        let place = place.as_deref().map_or("by the host program".to_string(), escaped);
        _ = writeln!(out, "<tr><td><code>{name}</code><td class=\"n\">{}<td><code>{place}</code></tr>", grouped(*size));
    }
    out.push_str("</table></section>\n");
}

fn types(vm: &Vm, objects: &Objects, out: &mut String) {
    let mut types: HashMap<String, (usize, usize)> = HashMap::new();
    for &(address, bytes) in &objects.list {
        let (count, sum) = types.entry(vm.runtime.type_name(Value::reference(address)).to_string()).or_default();
        *count += 1;
        *sum += bytes;
    }
    let mut types: Vec<(String, (usize, usize))> = types.into_iter().collect();
    types.sort_by(|(a, (_, more)), (b, (_, less))| less.cmp(more).then(a.cmp(b)));
    out.push_str(
        "<section id=\"types\"><h2>Types</h2>\n<table>\n<tr><th>type<th class=\"n\">objects<th class=\"n\">bytes</tr>\n",
    );
    for (name, (count, bytes)) in types.iter().take(MOST_ROWS) {
        let name = escaped(name);
        _ = writeln!(out, "<tr><td><code>{name}</code><td class=\"n\">{count}<td class=\"n\">{}</tr>", grouped(*bytes));
    }
    out.push_str("</table>\n");
    rest_of(types.len(), out);
    out.push_str("</section>\n");
}

fn largest(vm: &Vm, objects: &Objects, kept: &Kept, out: &mut String) {
    let mut by_size: Vec<usize> = (0..objects.list.len()).collect();
    by_size.sort_by_key(|&index| (std::cmp::Reverse(objects.list[index].1), index));
    out.push_str(
        "<section id=\"largest\"><h2>The largest objects, and what keeps them alive</h2>\n<table>\n<tr><th class=\"n\">bytes<th>type<th>kept by</tr>\n",
    );
    for &index in by_size.iter().take(MOST_ROWS) {
        let (address, bytes) = objects.list[index];
        let name = escaped(&vm.runtime.type_name(Value::reference(address)));
        let path = escaped(&kept.path(vm, objects, index));
        _ = writeln!(out, "<tr><td class=\"n\">{}<td><code>{name}</code><td><code>{path}</code></tr>", grouped(bytes));
    }
    out.push_str("</table>\n");
    rest_of(by_size.len(), out);
    out.push_str("</section>\n");
}

fn rest_of(rows: usize, out: &mut String) {
    if rows > MOST_ROWS {
        _ = writeln!(out, "<p>and {} more</p>", rows - MOST_ROWS);
    }
}

/// A shortest way to each object from a root.
struct Kept {
    /// The number of the object before; the object itself where a root refers to it; none for what nothing refers to any more.
    before: Vec<Option<usize>>,
    roots: HashMap<usize, String>,
}

impl Kept {
    fn find(vm: &mut Vm, objects: &Objects) -> Kept {
        let mut kept = Kept { before: vec![None; objects.list.len()], roots: HashMap::new() };
        let mut front: Vec<usize> = Vec::new();
        let sources = vm.sources.clone();
        vm.for_each_root(&mut |root, value| {
            if !value.is_reference() {
                return;
            }
            let Some(number) = objects.number(value.address()).filter(|&number| kept.before[number].is_none()) else { return };
            kept.before[number] = Some(number);
            front.push(number);
            let label = match root {
                Root::Register(function, range) => format!("{function} at {}", sources.borrow().place(range)),
                Root::Variable(module, name) => format!("variable {name} of {module}"),
                Root::Code(function) => format!("code of {function}"),
                Root::Pin => "a pin".to_string(),
                Root::Interpreter(what) => what.to_string(),
            };
            kept.roots.insert(number, label);
        });
        while !front.is_empty() {
            let mut next = Vec::new();
            for number in front {
                vm.runtime.heap.for_each_reference(objects.list[number].0, &mut |target| {
                    if let Some(target) = objects.number(target).filter(|&target| kept.before[target].is_none()) {
                        kept.before[target] = Some(number);
                        next.push(target);
                    }
                });
            }
            front = next;
        }
        kept
    }

    /// `variable cache of <main> → map → values`
    fn path(&self, vm: &Vm, objects: &Objects, index: usize) -> String {
        let mut steps = Vec::new();
        let mut at = index;
        loop {
            match self.before[at] {
                None => return "nothing any more; the next collection frees it".to_string(),
                Some(before) if before == at => break,
                Some(before) => {
                    steps.push(vm.runtime.type_name(Value::reference(objects.list[before].0)).to_string());
                    at = before;
                }
            }
        }
        let mut path = self.roots.get(&at).cloned().unwrap_or_default();
        let skipped = steps.len().saturating_sub(LONGEST_PATH);
        if skipped > 0 {
            _ = write!(path, " → … {skipped} more");
        }
        for step in steps.iter().take(LONGEST_PATH).rev() {
            _ = write!(path, " → {step}");
        }
        path
    }
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}
