//! What the heap holds, as lines of JSON, for `gc.snapshot`: one line about the whole, then one for each object. Objects have numbers in
//! place of addresses, in the order of their places in memory.

use super::json_write::write_string;
use crate::heap::{Address, HEADER_SIZE};
use crate::value::{Runtime, Value};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

/// The objects of the heap in the order of their places, each with the bytes of its slot. What was not collected yet is among them.
pub(super) struct Objects {
    pub list: Vec<(Address, usize)>,
    numbers: HashMap<usize, usize>,
}

impl Objects {
    pub fn of(runtime: &Runtime) -> Objects {
        let mut list: Vec<(Address, usize)> = Vec::new();
        runtime.heap.for_each_object(&mut |object| list.push((object.address, HEADER_SIZE + object.payload_capacity)));
        list.sort_by_key(|(address, _)| address.payload() as usize);
        let numbers = list.iter().enumerate().map(|(index, (address, _))| (address.payload() as usize, index)).collect();
        Objects { list, numbers }
    }

    /// The object's place in the list.
    pub fn number(&self, object: Address) -> Option<usize> {
        self.numbers.get(&(object.payload() as usize)).copied()
    }

    pub fn bytes(&self) -> usize {
        self.list.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// Writes the lines:
///
/// ```text
/// {"objects":2,"bytes":112}
/// {"id":1,"type":"list","bytes":48,"pins":0,"refers":[2]}
/// {"id":2,"type":"values","bytes":64,"pins":0,"refers":[]}
/// ```
pub(super) fn write(runtime: &mut Runtime, file: impl Write) -> io::Result<()> {
    let objects = Objects::of(runtime);
    let mut file = BufWriter::new(file);
    writeln!(file, "{{\"objects\":{},\"bytes\":{}}}", objects.list.len(), objects.bytes())?;
    let mut line = String::new();
    for (index, &(address, bytes)) in objects.list.iter().enumerate() {
        line.clear();
        _ = write!(line, "{{\"id\":{},\"type\":", index + 1);
        write_string(&runtime.type_name(Value::reference(address)), &mut line);
        let pins = runtime.heap.pin_count(address.payload() as usize);
        _ = write!(line, ",\"bytes\":{bytes},\"pins\":{pins},\"refers\":[");
        let mut separator = "";
        runtime.heap.for_each_reference(address, &mut |target| {
            if let Some(number) = objects.number(target) {
                _ = write!(line, "{separator}{}", number + 1);
                separator = ",";
            }
        });
        line.push_str("]}\n");
        file.write_all(line.as_bytes())?;
    }
    file.flush()
}
