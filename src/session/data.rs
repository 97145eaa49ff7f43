//! Plain data: what goes between a program that embeds Cotter and its scripts, by copy.

use crate::value::{ErrorKind, ListRef, MapRef, Thrown, Value};
use crate::vm::Vm;

/// A value of a script, copied out of its memory or to be copied into it.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Data>),
    /// Entries in the map's order.
    Map(Vec<(Data, Data)>),
}

/// Lists and maps may stand in each other this deep.
const MAXIMUM_DEPTH: usize = 200;

impl Data {
    /// The copy of a value. A `TypeError` for what is no plain data (functions, structs, pointers …), a `ValueError` for what is nested
    /// too deep, as a list in itself is.
    pub(super) fn of(vm: &mut Vm, value: Value) -> Result<Data, Thrown> {
        Data::copied(vm, value, 0)
    }

    fn copied(vm: &mut Vm, value: Value, depth: usize) -> Result<Data, Thrown> {
        if depth > MAXIMUM_DEPTH {
            let message = format!("the value is nested more than {MAXIMUM_DEPTH} levels deep");
            return vm.runtime.fail(ErrorKind::ValueError, message);
        }
        if value.is_nil() {
            Ok(Data::Nil)
        } else if value.is_bool() {
            Ok(Data::Bool(value == Value::TRUE))
        } else if value.is_float() {
            Ok(Data::Float(value.as_float()))
        } else if let Some(int) = value.to_int() {
            Ok(Data::Int(int))
        } else if let Some(text) = value.to_str() {
            Ok(Data::Text(text.to_string()))
        } else if let Some(list) = ListRef::of(value) {
            let items = list.values().iter().map(|&item| Data::copied(vm, item, depth + 1));
            Ok(Data::List(items.collect::<Result<_, _>>()?))
        } else if let Some(map) = MapRef::of(value) {
            let entries =
                map.entries().map(|(key, item)| Ok((Data::copied(vm, key, depth + 1)?, Data::copied(vm, item, depth + 1)?)));
            Ok(Data::Map(entries.collect::<Result<_, Thrown>>()?))
        } else {
            let found = vm.runtime.type_name(value);
            let message = format!("a value of type {found} is no plain data: nil, bools, numbers, strings, lists and maps are");
            vm.runtime.fail(ErrorKind::TypeError, message)
        }
    }

    /// The value in the script's memory; to be rooted before the next safepoint. A `TypeError` if a map's key is a list or map, a `ValueError`
    /// for what is nested too deep, a `MemoryError` if there is no room.
    pub(super) fn to_value(&self, vm: &mut Vm) -> Result<Value, Thrown> {
        self.value_at(vm, 0)
    }

    fn value_at(&self, vm: &mut Vm, depth: usize) -> Result<Value, Thrown> {
        if depth > MAXIMUM_DEPTH {
            let message = format!("the value is nested more than {MAXIMUM_DEPTH} levels deep");
            return vm.runtime.fail(ErrorKind::ValueError, message);
        }
        Ok(match self {
            Data::Nil => Value::NIL,
            Data::Bool(bool) => Value::bool(*bool),
            Data::Int(int) => vm.runtime.int(*int),
            Data::Float(float) => Value::float(*float),
            Data::Text(text) => vm.runtime.string(text)?,
            Data::List(items) => {
                let list = vm.runtime.new_list(items.len())?;
                for item in items {
                    let item = item.value_at(vm, depth + 1)?;
                    list.push(&mut vm.runtime, item)?;
                }
                list.value()
            }
            Data::Map(entries) => {
                let map = vm.runtime.new_map(entries.len())?;
                for (key, item) in entries {
                    let key = key.value_at(vm, depth + 1)?;
                    let item = item.value_at(vm, depth + 1)?;
                    map.insert(vm, key, item)?;
                }
                map.value()
            }
        })
    }
}

impl From<bool> for Data {
    fn from(bool: bool) -> Data {
        Data::Bool(bool)
    }
}

impl From<i32> for Data {
    fn from(int: i32) -> Data {
        Data::Int(int.into())
    }
}

impl From<i64> for Data {
    fn from(int: i64) -> Data {
        Data::Int(int)
    }
}

impl From<f64> for Data {
    fn from(float: f64) -> Data {
        Data::Float(float)
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Data {
        Data::Text(text.to_string())
    }
}

impl<T: Into<Data>> From<Vec<T>> for Data {
    fn from(items: Vec<T>) -> Data {
        Data::List(items.into_iter().map(Into::into).collect())
    }
}
