//! `:pins` and `:heap`: what holds memory in place, and what fills it.

use super::Session;
use super::show::count;
use super::table::{Align, Table};
use crate::builtins::pin_rows;
use crate::heap::HEADER_SIZE;
use crate::value::{TypeId, Value};
use std::collections::HashMap;
use std::time::Duration;

/// Types that are named.
const MOST_TYPES: usize = 12;
/// Characters of a line of source.
const LONGEST_LINE: usize = 60;

impl Session {
    /// The pins in force: what is pinned, and the place and line where that was done.
    pub fn pins_report(&mut self) -> String {
        let rows = pin_rows(&mut self.vm);
        if rows.is_empty() {
            return "nothing is pinned\n".to_string();
        }
        let heading = format!("{} in force\n", count(rows.len() as u64, "pin"));
        let mut table =
            Table::new(&[("bytes", Align::Right), ("type", Align::Left), ("pinned at", Align::Left), ("by", Align::Left)]);
        for row in rows {
            let place = row.place.unwrap_or_else(|| "(built in)".to_string());
            let line = self.sources.borrow().file(row.range).map_or(String::new(), |file| {
                let (line, _) = file.line_column(row.range.start);
                file.line(line).trim().chars().take(LONGEST_LINE).collect()
            });
            table.row(vec![row.size.to_string(), self.vm.runtime.types.name(row.type_id).to_string(), place, line]);
        }
        heading + &table.to_string()
    }

    /// A short account of the heap: figures, and the types that take most of it. What was not collected yet counts.
    pub fn heap_report(&mut self) -> String {
        let heap = &self.vm.runtime.heap;
        let stats = heap.stats();
        let mut by_type: HashMap<TypeId, (u64, u64)> = HashMap::new();
        heap.for_each_object(&mut |object| {
            let type_id = self.vm.runtime.type_of(Value::reference(object.address)).without_view();
            let (objects, bytes) = by_type.entry(type_id).or_default();
            *objects += 1;
            *bytes += (HEADER_SIZE + object.payload_capacity) as u64;
        });
        let mut figures = Table::new(&[("", Align::Left), ("objects", Align::Right), ("bytes", Align::Right), ("", Align::Left)]);
        let mut row = |name: &str, objects: Option<usize>, bytes: Option<usize>, note: String| {
            let objects = objects.map_or(String::new(), |objects| objects.to_string());
            let bytes = bytes.map_or(String::new(), |bytes| readable(bytes as u64));
            figures.row(vec![name.to_string(), objects, bytes, note]);
        };
        let collections = match stats.collections {
            0 => "there was no collection yet".to_string(),
            number => {
                let (total, longest) = (milliseconds(stats.pause_total), milliseconds(stats.pause_max));
                format!("{} took {total}, the longest {longest}", count(number, "collection"))
            }
        };
        row(
            "allocated",
            Some(stats.allocated_objects),
            Some(stats.allocated_bytes),
            "what can be collected included".to_string(),
        );
        row("alive", Some(stats.live_objects), Some(stats.live_bytes), format!("at the last collection; {collections}"));
        row("pinned", Some(stats.pinned_objects), None, if stats.pinned_objects == 0 { "" } else { "see :pins" }.to_string());
        let goal = (stats.goal_bytes != usize::MAX).then_some(stats.goal_bytes);
        row("next collection", None, goal, if goal.is_some() { "" } else { "only when asked for" }.to_string());
        row("from the system", None, Some(stats.committed_bytes), String::new());

        let mut types: Vec<(TypeId, (u64, u64))> = by_type.into_iter().collect();
        types.sort_by_key(|&(type_id, (_, bytes))| (std::cmp::Reverse(bytes), type_id.0));
        let mut table = Table::new(&[("type", Align::Left), ("objects", Align::Right), ("bytes", Align::Right)]);
        for &(type_id, (objects, bytes)) in types.iter().take(MOST_TYPES) {
            table.row(vec![self.vm.runtime.types.name(type_id).to_string(), objects.to_string(), readable(bytes)]);
        }
        let others = &types[types.len().min(MOST_TYPES)..];
        if !others.is_empty() {
            let (objects, bytes) = others.iter().fold((0, 0), |sum, (_, (o, b))| (sum.0 + o, sum.1 + b));
            table.row(vec![format!("({})", count(others.len() as u64, "other")), objects.to_string(), readable(bytes)]);
        }
        format!("{figures}\n{table}")
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Bytes with a unit that keeps the number short.
fn readable(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut number = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if number < 1024.0 {
            break;
        }
        number /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{number:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn bytes_have_a_fitting_unit() {
        assert_eq!(readable(0), "0 B");
        assert_eq!(readable(1023), "1023 B");
        assert_eq!(readable(1536), "1.5 KiB");
        assert_eq!(readable(50 << 20), "50.0 MiB");
    }
}
