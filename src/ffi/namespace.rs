//! What scripts can name: the module `ffi`, and the methods of libraries.

use super::block::Ffi;
use super::check::check_value;
use super::errno::text_of;
use super::library::LoadedLibrary;
use crate::heap::Shape;
use crate::value::{ErrorKind, Kind, LibraryObject, Memory, PinTarget, Runtime, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::rc::Rc;

/// The tables of this module.
pub static NAMESPACES: &[Namespace] = &[FFI, LIBRARY];

const FFI: Namespace = Namespace {
    name: "ffi",
    place: Place::Module,
    entries: &[
        NativeEntry {
            name: "load",
            signature: "(name)",
            minimum: 1,
            maximum: 1,
            function: load,
            doc: "Loads a library by a path, a file name or a bare name, as an extern block does.",
        },
        NativeEntry {
            name: "errno",
            signature: "()",
            minimum: 0,
            maximum: 0,
            function: errno,
            doc: "The `errno` that the last C call left.",
        },
        NativeEntry {
            name: "set_errno",
            signature: "(number)",
            minimum: 1,
            maximum: 1,
            function: set_errno,
            doc: "Sets the `errno` that the next C call finds.",
        },
        NativeEntry {
            name: "strerror",
            signature: "(number)",
            minimum: 1,
            maximum: 1,
            function: strerror,
            doc: "The text of an error number.",
        },
        NativeEntry {
            name: "alloc",
            signature: "(size)",
            minimum: 1,
            maximum: 1,
            function: alloc,
            doc: "Zeroed memory of C, a `*void`, to be given back to `free`.",
        },
        NativeEntry {
            name: "free",
            signature: "(pointer)",
            minimum: 1,
            maximum: 1,
            function: free,
            doc: "Gives back what `alloc` gave, once.",
        },
        NativeEntry {
            name: "copy",
            signature: "(to, from, size)",
            minimum: 3,
            maximum: 3,
            function: copy,
            doc: "Copies bytes from memory to memory, which may overlap.",
        },
        NativeEntry {
            name: "fill",
            signature: "(pointer, byte, size)",
            minimum: 3,
            maximum: 3,
            function: fill,
            doc: "Sets bytes of memory.",
        },
        NativeEntry {
            name: "string",
            signature: "(pointer, size = nil)",
            minimum: 1,
            maximum: 2,
            function: string,
            doc: "The text in memory, up to a NUL or of a size in bytes.",
        },
        NativeEntry {
            name: "bytes",
            signature: "(pointer, size)",
            minimum: 2,
            maximum: 2,
            function: bytes,
            doc: "A copy of bytes in memory, a `[]u8`.",
        },
        NativeEntry {
            name: "view",
            signature: "(pointer, count)",
            minimum: 2,
            maximum: 2,
            function: view,
            doc: "The elements that a pointer points to, as a slice of the same memory.",
        },
        NativeEntry {
            name: "address",
            signature: "(pointer)",
            minimum: 1,
            maximum: 1,
            function: address,
            doc: "The address as an int; managed memory must be pinned.",
        },
        NativeEntry {
            name: "is_managed",
            signature: "(pointer)",
            minimum: 1,
            maximum: 1,
            function: is_managed,
            doc: "Whether the memory is the collector's.",
        },
        NativeEntry {
            name: "is_pinned",
            signature: "(pointer)",
            minimum: 1,
            maximum: 1,
            function: is_pinned,
            doc: "Whether C may keep the pointer: the memory is pinned, or needs no pin.",
        },
        NativeEntry {
            name: "pin_count",
            signature: "(pointer)",
            minimum: 1,
            maximum: 1,
            function: pin_count,
            doc: "The number of pins of the memory in force.",
        },
        NativeEntry {
            name: "check",
            signature: "(x)",
            minimum: 1,
            maximum: 1,
            function: check,
            doc: "Checks what `x` leads to, as a call would that passes it to a pointer parameter of its type; a `PinError` names what would have to be pinned.",
        },
        NativeEntry {
            name: "handle",
            signature: "(value)",
            minimum: 1,
            maximum: 1,
            function: handle,
            doc: "A token, a `*void`, that carries any value through C.",
        },
        NativeEntry {
            name: "value",
            signature: "(token)",
            minimum: 1,
            maximum: 1,
            function: value,
            doc: "The value behind a token that `handle` gave.",
        },
        NativeEntry {
            name: "release",
            signature: "(token)",
            minimum: 1,
            maximum: 1,
            function: release,
            doc: "Ends a token; its value may then be collected.",
        },
        NativeEntry {
            name: "close",
            signature: "(pointer)",
            minimum: 1,
            maximum: 1,
            function: close,
            doc: "Releases what an `@owned` function gave, once.",
        },
        NativeEntry {
            name: "on_error",
            signature: "(callback, value)",
            minimum: 2,
            maximum: 2,
            function: on_error,
            doc: "Sets what a callback gives to C when it throws, and returns it.",
        },
        NativeEntry {
            name: "poll",
            signature: "()",
            minimum: 0,
            maximum: 0,
            function: poll,
            doc: "Runs the callbacks that wait on other threads.",
        },
    ],
    constants: |_| Vec::new(),
    script: None,
    doc: "What calls to C need besides declarations: libraries, errno, memory of C's own.",
};

const LIBRARY: Namespace = Namespace {
    name: "library",
    place: Place::Methods(TypeId::LIBRARY),
    entries: &[NativeEntry {
        name: "symbol",
        signature: "(self, name)",
        minimum: 2,
        maximum: 2,
        function: symbol,
        doc: "The address of a symbol, a `*void`; cast it to a C function type to call it.",
    }],
    constants: |_| Vec::new(),
    script: None,
    doc: "A library that `ffi.load` loaded.",
};

/// The state of the run's calls to C, unless they are switched off.
fn state(vm: &mut Vm) -> Result<Rc<Ffi>, Thrown> {
    let ffi = vm.state.get::<Rc<Ffi>>().clone();
    ffi.check_allowed(&mut vm.runtime)?;
    Ok(ffi)
}

fn expect_int(runtime: &mut Runtime, value: Value, function: &str) -> Result<i64, Thrown> {
    match value.to_int() {
        Some(number) => Ok(number),
        None => {
            let message = format!("{function} takes an int, not {}", runtime.type_name_of(value));
            runtime.fail(ErrorKind::TypeError, message)
        }
    }
}

fn expect_size(runtime: &mut Runtime, value: Value, function: &str) -> Result<usize, Thrown> {
    match usize::try_from(expect_int(runtime, value, function)?) {
        Ok(size) => Ok(size),
        Err(_) => runtime.fail(ErrorKind::ValueError, format!("{function}: a size is at least 0")),
    }
}

fn expect_text(runtime: &mut Runtime, value: Value, function: &str) -> Result<Rc<str>, Thrown> {
    match value.to_str() {
        Some(text) => Ok(text.into()),
        None => {
            let message = format!("{function} takes a string, not {}", runtime.type_name_of(value));
            runtime.fail(ErrorKind::TypeError, message)
        }
    }
}

fn expect_address(runtime: &mut Runtime, value: Value, function: &str) -> Result<usize, Thrown> {
    match runtime.foreign_address(value)? {
        Some(address) => Ok(address),
        None => {
            let message = format!("{function} takes a pointer, not {}", runtime.type_name_of(value));
            runtime.fail(ErrorKind::TypeError, message)
        }
    }
}

fn load(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    let runtime = &mut vm.runtime;
    let name = expect_text(runtime, arguments.get(0), "ffi.load")?;
    let library = ffi.load_library(runtime, &[name], None)?;
    let object = runtime.new_object::<LibraryObject>(Kind::Library, Shape::Leaf, TypeId::LIBRARY);
    // SAFETY: `new_object` gave a live object of this layout. The count of uses that is given away here is never taken back.
    unsafe { (*object).library = Rc::into_raw(library).cast() };
    Ok(Value::of_object(object))
}

fn symbol(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let runtime = &mut vm.runtime;
    let name = expect_text(runtime, arguments.get(1), "symbol")?;
    // SAFETY: a method of libraries is called with one, which `load` made with a pointer that stays.
    let library = unsafe { &*(*arguments.get(0).object::<LibraryObject>()).library.cast::<LoadedLibrary>() };
    match library.symbol(&name) {
        Some(address) => {
            let pointer = runtime.types.pointer(false, TypeId::VOID);
            runtime.pointer_value(address, pointer)
        }
        None => {
            let message = library.missing_symbol(&name);
            let is_near = message.contains("did you mean");
            runtime
                .fail(ErrorKind::FFIError, message)
                .map_err(|thrown| if is_near { thrown } else { thrown.with_help(runtime, LoadedLibrary::ABOUT_SYMBOLS) })
        }
    }
}

fn errno(vm: &mut Vm, _arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::inline_int(state(vm)?.errno.get() as i64))
}

fn set_errno(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    let number = expect_int(&mut vm.runtime, arguments.get(0), "ffi.set_errno")?;
    match i32::try_from(number) {
        Ok(number) => ffi.errno.set(number),
        Err(_) => return vm.runtime.fail(ErrorKind::ValueError, format!("{number} is no error number")),
    }
    Ok(Value::NIL)
}

fn strerror(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let number = expect_int(&mut vm.runtime, arguments.get(0), "ffi.strerror")?;
    vm.runtime.string(&text_of(i32::try_from(number).unwrap_or(-1)))
}

fn alloc(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    let size = expect_size(&mut vm.runtime, arguments.get(0), "ffi.alloc")?;
    ffi.allocate(&mut vm.runtime, size)
}

fn free(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    let pointer = arguments.get(0);
    let address = match Memory::of(pointer) {
        Some(memory) => memory.address,
        None => expect_address(&mut vm.runtime, pointer, "ffi.free")?,
    };
    ffi.release(&mut vm.runtime, address)?;
    Ok(Value::NIL)
}

fn copy(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let size = expect_size(&mut vm.runtime, arguments.get(2), "ffi.copy")?;
    vm.runtime.copy_raw(arguments.get(0), arguments.get(1), size)?;
    Ok(Value::NIL)
}

fn fill(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let runtime = &mut vm.runtime;
    let byte = expect_int(runtime, arguments.get(1), "ffi.fill")?;
    let size = expect_size(runtime, arguments.get(2), "ffi.fill")?;
    match u8::try_from(byte) {
        Ok(byte) => runtime.fill_raw(arguments.get(0), byte, size)?,
        Err(_) => return runtime.fail(ErrorKind::ValueError, format!("ffi.fill: {byte} is no byte (0 to 255)")),
    }
    Ok(Value::NIL)
}

fn string(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let runtime = &mut vm.runtime;
    let size = match arguments.optional(1).filter(|size| !size.is_nil()) {
        Some(size) => Some(expect_size(runtime, size, "ffi.string")?),
        None => None,
    };
    if arguments.get(0).is_nil() {
        return Ok(Value::NIL);
    }
    let bytes = runtime.read_raw(arguments.get(0), size, "ffi.string")?;
    match String::from_utf8(bytes) {
        Ok(text) => runtime.string(&text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            runtime.fail(ErrorKind::ValueError, format!("ffi.string: not UTF-8 at byte {at}; ffi.bytes copies any bytes"))
        }
    }
}

fn bytes(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let size = expect_size(&mut vm.runtime, arguments.get(1), "ffi.bytes")?;
    let bytes = vm.runtime.read_raw(arguments.get(0), Some(size), "ffi.bytes")?;
    vm.runtime.new_bytes(&bytes)
}

fn view(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    vm.runtime.view_pointer(arguments.get(0), arguments.get(1))
}

fn address(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let address = expect_address(&mut vm.runtime, arguments.get(0), "ffi.address")?;
    vm.runtime.address_as_int(address)
}

fn is_managed(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let address = expect_address(&mut vm.runtime, arguments.get(0), "ffi.is_managed")?;
    let address = vm.runtime.heap.resolve_alias(address);
    Ok(Value::bool(vm.runtime.heap.is_managed(address)))
}

fn is_pinned(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    Ok(Value::bool(match pin_target(vm, arguments.get(0), "ffi.is_pinned")? {
        PinTarget::Nothing => true,
        PinTarget::Object(object) => vm.runtime.heap.is_pinned(object.payload() as usize),
    }))
}

fn pin_count(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    Ok(Value::inline_int(match pin_target(vm, arguments.get(0), "ffi.pin_count")? {
        PinTarget::Nothing => 0,
        PinTarget::Object(object) => vm.runtime.heap.pin_count(object.payload() as usize) as i64,
    }))
}

fn check(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    check_value(&mut vm.runtime, arguments.get(0))?;
    Ok(Value::NIL)
}

/// The object whose pins are asked for; memory of arenas needs none.
fn pin_target(vm: &mut Vm, value: Value, function: &str) -> Result<PinTarget, Thrown> {
    let runtime = &mut vm.runtime;
    let is_pointer =
        value.is_string() || Memory::of(value).is_some() || matches!(value.kind(), Some(Kind::Callback | Kind::CFunction));
    if !is_pointer {
        let message = format!("{function} takes a pointer, not {}", runtime.type_name_of(value));
        return runtime.fail(ErrorKind::TypeError, message);
    }
    runtime.check_live(value)?;
    if Memory::of(value).is_some_and(|memory| memory.owner.is_kind(Kind::Arena)) {
        return Ok(PinTarget::Nothing);
    }
    runtime.pin_target(value)
}

/// Tokens of handles: no address of memory, a multiple of 16, never used again.
const FIRST_TOKEN: usize = 0x0C07_7E00_0000_0000;

fn handle(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    let number = ffi.next_handle.get();
    ffi.next_handle.set(number + 1);
    let token = FIRST_TOKEN + 16 * number;
    vm.runtime.handles.insert(token, arguments.get(0));
    let pointer = vm.runtime.types.pointer(false, TypeId::VOID);
    vm.runtime.pointer_value(token, pointer)
}

fn expect_token(vm: &mut Vm, token: Value, function: &str) -> Result<usize, Thrown> {
    let address = expect_address(&mut vm.runtime, token, function)?;
    if vm.runtime.handles.contains_key(&address) {
        return Ok(address);
    }
    vm.runtime.fail(ErrorKind::FFIError, format!("{function} takes a token that ffi.handle gave and that was not released"))
}

fn value(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let token = expect_token(vm, arguments.get(0), "ffi.value")?;
    Ok(vm.runtime.handles.get(&token).copied().unwrap_or(Value::NIL))
}

fn release(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    state(vm)?;
    let token = expect_token(vm, arguments.get(0), "ffi.release")?;
    vm.runtime.handles.remove(&token);
    Ok(Value::NIL)
}

fn close(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    ffi.close(vm, arguments.get(0))?;
    Ok(Value::NIL)
}

fn on_error(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    let callback = arguments.get(0);
    if !callback.is_kind(Kind::Callback) {
        let name = vm.runtime.type_name_of(callback).to_string();
        return vm.runtime.fail(ErrorKind::TypeError, format!("ffi.on_error takes a callback (f as fn(…)), not {name}"));
    }
    ffi.set_on_error(vm, callback, arguments.get(1))?;
    Ok(callback)
}

fn poll(vm: &mut Vm, _arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = state(vm)?;
    vm.output_before_c()?;
    ffi.poll(vm)?;
    Ok(Value::NIL)
}
