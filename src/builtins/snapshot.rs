//! What the heap holds, as lines of JSON, for `gc.snapshot`: one line about the whole, then one for each object. Objects have numbers in
//! place of addresses, in the order of their places in memory.

use super::json_write::write_string;
use crate::heap::{Address, HEADER_SIZE};
use crate::value::{Runtime, Value};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

/// Writes the lines:
///
/// ```text
/// {"objects":2,"bytes":112}
/// {"id":1,"type":"list","bytes":48,"pins":0,"refers":[2]}
/// {"id":2,"type":"values","bytes":64,"pins":0,"refers":[]}
/// ```
pub(super) fn write(runtime: &mut Runtime, file: impl Write) -> io::Result<()> {
    let mut objects: Vec<(Address, usize)> = Vec::new();
    runtime.heap.for_each_object(&mut |object| objects.push((object.address, HEADER_SIZE + object.payload_capacity)));
    objects.sort_by_key(|(address, _)| address.payload() as usize);
    let numbers: HashMap<usize, usize> =
        objects.iter().enumerate().map(|(index, (address, _))| (address.payload() as usize, index + 1)).collect();
    let bytes: usize = objects.iter().map(|(_, bytes)| bytes).sum();
    let mut file = BufWriter::new(file);
    writeln!(file, "{{\"objects\":{},\"bytes\":{bytes}}}", objects.len())?;
    let mut line = String::new();
    for (index, &(address, bytes)) in objects.iter().enumerate() {
        line.clear();
        _ = write!(line, "{{\"id\":{},\"type\":", index + 1);
        write_string(&runtime.type_name(Value::reference(address)), &mut line);
        let pins = runtime.heap.pin_count(address.payload() as usize);
        _ = write!(line, ",\"bytes\":{bytes},\"pins\":{pins},\"refers\":[");
        let mut separator = "";
        runtime.heap.for_each_reference(address, &mut |target| {
            if let Some(number) = numbers.get(&(target.payload() as usize)) {
                _ = write!(line, "{separator}{number}");
                separator = ",";
            }
        });
        line.push_str("]}\n");
        file.write_all(line.as_bytes())?;
    }
    file.flush()
}
