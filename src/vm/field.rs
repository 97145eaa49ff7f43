//! What stands behind a dot: fields, methods, members of modules and types; and the inline caches that remember it.

use super::Vm;
use super::call::Called;
use super::function::{Cache, CacheWay, Cached};
use super::module::Module;
use crate::heap::Shape;
use crate::value::{
    BoundMethodObject, Destination, ErrorKind, FieldAccess, Kind, Member, ModuleObject, RecordMethod, Representation, Runtime,
    Thrown, TypeId, TypeKind, Value, nearest_name, store_number,
};
use std::rc::Rc;

/// What a method call or field access found behind the dot of a value that is no struct value.
enum Found {
    /// A method: takes the value as its first argument.
    Method(Value),
    /// Called with the value alone when it is read.
    Property(Value),
    /// A member of a module or type.
    Member(Value),
}

impl Vm {
    /// A method or operator of a struct value, and what its `self` is.
    pub fn record_method(&mut self, value: Value, name: &str) -> Option<(Value, Value)> {
        if !matches!(value.kind(), Some(Kind::Block | Kind::View)) {
            return None;
        }
        let type_id = TypeId(value.header().type_id).without_view();
        let method = self.runtime.find_method(type_id, name)?;
        Some(self.receive(value, method))
    }

    /// The function of a method and its `self`: the value, or the embedded part that the method belongs to.
    fn receive(&mut self, value: Value, method: RecordMethod) -> (Value, Value) {
        let receiver = match method.part {
            Some((offset, part)) => self.runtime.part_of_record(value, offset, part),
            None => value,
        };
        (method.function, receiver)
    }

    pub fn bind(&mut self, receiver: Value, function: Value) -> Value {
        let object = self.runtime.new_object::<BoundMethodObject>(Kind::BoundMethod, Shape::Words, TypeId::FUNCTION);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe {
            (*object).receiver = receiver;
            (*object).function = function;
        }
        Value::of_object(object)
    }

    // ------------------------------------------------------------ reading

    /// `object.name` where the cache did not hit, or holds what the loop does not do itself.
    #[inline(never)]
    pub(super) fn get_field(&mut self, object: Value, cache: *mut Cache) -> Result<Value, Thrown> {
        // SAFETY: caches belong to functions, which are never freed; nothing else holds this one now.
        let cache = unsafe { &mut *cache };
        if object.is_reference() && cache.has_field_of(object.header().type_id) {
            return self.read_field(object, &cache.way.access);
        }
        let name = Rc::clone(&cache.name);
        match object.kind() {
            Some(Kind::Block | Kind::View) => self.get_member_of_memory(object, &name, Some(cache)),
            Some(Kind::Module) => match self.cached_module_member(object, cache)? {
                Some(member) => Ok(member),
                None => self.no_member(object, &name),
            },
            _ => self.get_member(object, &name),
        }
    }

    /// `module.name`, remembered if it stays what it is: a place asks for members of one module as a rule.
    fn cached_module_member(&mut self, object: Value, cache: &mut Cache) -> Result<Option<Value>, Thrown> {
        if cache.way.key == object.0 && cache.way.what == Cached::Member {
            return Ok(Some(cache.way.value));
        }
        // SAFETY: the kind says what the object is, and modules are never freed.
        let module = unsafe { Module::of_pointer((*object.object::<ModuleObject>()).module) };
        let name = Rc::clone(&cache.name);
        let member = self.module_member(module, &name)?;
        if let Some(member) = member
            && module.has_constant(&name, member)
        {
            cache.remember(CacheWay::method(object.0, member, Cached::Member));
        }
        Ok(member)
    }

    /// `object.name` without a cache.
    pub fn get_member(&mut self, object: Value, name: &str) -> Result<Value, Thrown> {
        if matches!(object.kind(), Some(Kind::Block | Kind::View)) {
            return self.get_member_of_memory(object, name, None);
        }
        match self.find_member(object, name)? {
            Some(Found::Member(value)) => Ok(value),
            Some(Found::Method(method)) => Ok(self.bind(object, method)),
            Some(Found::Property(getter)) => self.call_from_rust(getter, &[object]),
            None => self.no_member(object, name),
        }
    }

    /// A field or method of a struct value, a pointer to one, or a method of a slice or pointer.
    fn get_member_of_memory(&mut self, object: Value, name: &str, cache: Option<&mut Cache>) -> Result<Value, Thrown> {
        let type_id = TypeId(object.header().type_id).without_view();
        let record = self.runtime.types.record_behind(type_id).map(|(record, _)| record);
        if let Some(record) = record {
            match self.runtime.find_member(record, name) {
                Member::Field(access) => {
                    if let Some(cache) = cache {
                        cache.remember(CacheWay::field_of(object, record, &access));
                    }
                    return self.read_field(object, &access);
                }
                Member::Method(method) if method.has_self => {
                    let (function, receiver) = self.receive(object, method);
                    return Ok(self.bind(receiver, function));
                }
                Member::Method(method) => return Ok(method.function),
                Member::Missing => {}
            }
        }
        if let Some(method) = self.method_of_type(self.method_type(object), name)? {
            return Ok(self.bind(object, method));
        }
        self.no_member(object, name)
    }

    /// The type under which the methods of a value are registered: all slices share theirs, and so do all pointers.
    pub fn method_type(&self, object: Value) -> TypeId {
        let type_id = self.runtime.type_of(object);
        match self.runtime.types.info(type_id).kind {
            TypeKind::Slice { .. } | TypeKind::Array { .. } => TypeId::SLICE_METHODS,
            _ => type_id,
        }
    }

    /// A method that builtins define for a type.
    fn method_of_type(&mut self, type_id: TypeId, name: &str) -> Result<Option<Value>, Thrown> {
        let Some(&method) = self.library.methods.get(&type_id).and_then(|members| members.get(name)) else { return Ok(None) };
        if !method.is_undefined() {
            return Ok(Some(method));
        }
        // Written in Cotter: its namespace is compiled now.
        self.load_namespace_script(type_id)?;
        Ok(self.library.methods.get(&type_id).and_then(|members| members.get(name)).copied().filter(|m| !m.is_undefined()))
    }

    /// What a name means behind a value that is no struct value.
    fn find_member(&mut self, object: Value, name: &str) -> Result<Option<Found>, Thrown> {
        match object.kind() {
            Some(Kind::Module) => {
                // SAFETY: the kind says what the object is, and modules are never freed.
                let module = unsafe { Module::of_pointer((*object.object::<ModuleObject>()).module) };
                return Ok(self.module_member(module, name)?.map(Found::Member));
            }
            Some(Kind::Type) => return Ok(self.type_member(object, name)?.map(Found::Member)),
            _ => {}
        }
        let type_id = self.method_type(object);
        if let Some(&property) = self.library.properties.get(&type_id).and_then(|members| members.get(name)) {
            return Ok(Some(Found::Property(property)));
        }
        if let Some(method) = self.method_of_type(type_id, name)? {
            return Ok(Some(Found::Method(method)));
        }
        if let Some(foreign) = self.foreign
            && let Some(value) = foreign.member(self, object, name)?
        {
            return Ok(Some(Found::Member(value)));
        }
        Ok(None)
    }

    /// An export of a module; `None` if it has none of that name.
    pub fn module_member(&mut self, module: &Module, name: &str) -> Result<Option<Value>, Thrown> {
        let Some(slot) = module.export(name) else { return Ok(None) };
        let value = module.slot(slot);
        if !value.is_undefined() {
            return Ok(Some(self.load_live(value)?));
        }
        if let Some(script) = self.module_script(module) {
            self.load_module_script(module, script)?;
            return Ok(Some(module.slot(slot)));
        }
        self.fail(ErrorKind::NameError, format!("`{name}` of the module {} is used before its declaration has run", module.name))
    }

    /// A member of a type: an enum's member, a method of a record as a function, `name`, `values`, `fields`.
    fn type_member(&mut self, type_value: Value, name: &str) -> Result<Option<Value>, Thrown> {
        let type_id = Runtime::type_of_value(type_value).unwrap_or(TypeId::VOID);
        let info = self.runtime.types.info(type_id);
        match &info.kind {
            TypeKind::Enum(members) => {
                if let Some(number) = members.number_of(name) {
                    return Ok(Some(self.runtime.int(number)));
                }
            }
            TypeKind::Record(_) => {
                if let Some(method) = self.runtime.find_method(type_id, name) {
                    return Ok(Some(method.function));
                }
            }
            _ => {}
        }
        let native = match self.library.type_functions.get(name) {
            Some(&native) => native,
            None => return Ok(None),
        };
        let is_enum = matches!(self.runtime.types.info(type_id).kind, TypeKind::Enum(_));
        let is_record = matches!(self.runtime.types.info(type_id).kind, TypeKind::Record(_));
        let fits = match name {
            "fields" => is_record,
            _ => is_enum,
        };
        if fits { Ok(Some(self.bind(type_value, native))) } else { Ok(None) }
    }

    /// The error for a name that is not there, with the nearest one that is.
    #[cold]
    fn no_member<T>(&mut self, object: Value, name: &str) -> Result<T, Thrown> {
        let type_id = self.runtime.type_of(object);
        let mut names: Vec<Rc<str>> = Vec::new();
        let mut kind = ErrorKind::TypeError;
        let what = match object.kind() {
            Some(Kind::Module) => {
                // SAFETY: the kind says what the object is, and modules are never freed.
                let module = unsafe { Module::of_pointer((*object.object::<ModuleObject>()).module) };
                names.extend(module.exports.borrow().keys().cloned());
                kind = ErrorKind::NameError;
                format!("the module {}", module.name)
            }
            Some(Kind::Type) => {
                let id = Runtime::type_of_value(object).unwrap_or(TypeId::VOID);
                let info = self.runtime.types.info(id);
                match &info.kind {
                    TypeKind::Enum(members) => names.extend(members.members.iter().map(|(n, _)| Rc::clone(n))),
                    TypeKind::Record(record) => names.extend(record.member_names()),
                    _ => {}
                }
                format!("the type {}", info.name)
            }
            _ if object.is_nil() => {
                let message = format!("nil has no field or method `{name}`; use `?.` if it may be nil");
                return self.fail(ErrorKind::TypeError, message);
            }
            _ => {
                if let Some((_, record)) = self.runtime.types.record_behind(type_id) {
                    names.extend(record.member_names());
                }
                let method_type = self.method_type(object);
                for members in
                    [self.library.methods.get(&method_type), self.library.properties.get(&method_type)].into_iter().flatten()
                {
                    names.extend(members.keys().map(|n| Rc::<str>::from(*n)));
                }
                self.runtime.types.name(type_id).to_string()
            }
        };
        let hint = match nearest_name(name, names.iter().map(|n| &**n)) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => self.other_name_for(object, name),
        };
        let noun = match object.kind() {
            Some(Kind::Module | Kind::Type) => "member",
            _ => "field or method",
        };
        self.fail(kind, format!("{what} has no {noun} `{name}`{hint}"))
    }

    /// What to write for a name that other languages have, or where the names are to be found.
    fn other_name_for(&mut self, object: Value, name: &str) -> String {
        let help = match (object.kind(), name) {
            (
                Some(Kind::List | Kind::Map | Kind::String | Kind::View),
                "length" | "len" | "size" | "count" | "Length" | "Count",
            ) => "write len(x)",
            (Some(Kind::List), "append" | "add" | "push_back" | "pushBack") => "write xs.push(x)",
            (Some(Kind::List), "forEach" | "for_each") => "write xs.each(f), or for x in xs { … }",
            (Some(Kind::List | Kind::String), "slice" | "substring" | "substr" | "sub") => "write x[a..b]",
            (Some(Kind::List | Kind::String), "includes" | "include" | "index") => "write x.contains(y), or y in x",
            (Some(Kind::Map), "contains" | "containsKey" | "has_key" | "includes") => "write m.has(key), or key in m",
            (Some(Kind::Map), "delete" | "del" | "pop") => "write m.remove(key)",
            (Some(Kind::String), "strip" | "rstrip" | "lstrip") => "write s.trim(), s.trim_start() or s.trim_end()",
            (Some(Kind::String), "toUpperCase" | "to_upper" | "to_uppercase") => "write s.upper()",
            (Some(Kind::String), "toLowerCase" | "to_lower" | "to_lowercase") => "write s.lower()",
            (Some(Kind::String), "format") => "values are put into a text as \"{x}\"",
            (Some(Kind::Map), _) => return format!("; an entry is m[\"{name}\"]"),
            (Some(Kind::Type), _) => return self.members_of_enum(object),
            (Some(Kind::Module), _) => {
                // SAFETY: the kind says what the object is, and modules are never freed.
                let module = unsafe { Module::of_pointer((*object.object::<ModuleObject>()).module) };
                if self.native_module(&module.name).is_some() {
                    return format!("; `cotter doc {}` lists what it has", module.name);
                }
                return String::new();
            }
            _ if self.is_void_pointer(object) => "what it points to is not known; a cast tells it: `p as *T`",
            _ => return String::new(),
        };
        format!("; {help}")
    }

    fn is_void_pointer(&self, value: Value) -> bool {
        let info = self.runtime.types.info(self.runtime.type_of(value));
        matches!(info.kind, TypeKind::Pointer { .. }) && info.target == TypeId::VOID
    }

    fn members_of_enum(&self, object: Value) -> String {
        let id = Runtime::type_of_value(object).unwrap_or(TypeId::VOID);
        match &self.runtime.types.info(id).kind {
            TypeKind::Enum(members) if members.members.len() <= 8 => {
                let names: Vec<&str> = members.members.iter().map(|(name, _)| &**name).collect();
                format!("; it has {}", names.join(", "))
            }
            _ => String::new(),
        }
    }

    fn read_field(&mut self, object: Value, access: &FieldAccess) -> Result<Value, Thrown> {
        let address = self.runtime.field_address(object, access)?;
        // SAFETY: `field_address` gives fields within the bounds of the object only.
        unsafe { self.runtime.load_field(object, address, access) }
    }

    fn write_field(&mut self, object: Value, access: &FieldAccess, value: Value, name: &str) -> Result<(), Thrown> {
        let address = self.runtime.field_address(object, access)?;
        self.runtime.check_writable(object)?;
        // SAFETY: `field_address` gives fields within the bounds of the object only, which may be written to.
        if access.bits.is_none() && unsafe { store_number(address, access.representation, value) } {
            return Ok(());
        }
        let record = TypeId(object.header().type_id).without_view();
        let record = self.runtime.types.record_behind(record).map_or(record, |(record, _)| record);
        // SAFETY: as above.
        unsafe { self.runtime.store_field(object, address, access, value, Destination::Field { record, name }) }
    }

    // ------------------------------------------------------------ writing

    /// `object.name = value` where the cache did not hit.
    #[inline(never)]
    pub(super) fn set_field(&mut self, object: Value, value: Value, cache: *mut Cache) -> Result<(), Thrown> {
        // SAFETY: as in `get_field`.
        let cache = unsafe { &mut *cache };
        if object.is_reference() && cache.has_field_of(object.header().type_id) {
            return self.write_field(object, &cache.way.access, value, &cache.name);
        }
        let name = Rc::clone(&cache.name);
        match object.kind() {
            Some(Kind::Block | Kind::View) => {
                let type_id = TypeId(object.header().type_id).without_view();
                if let Some((record, _)) = self.runtime.types.record_behind(type_id) {
                    match self.runtime.find_member(record, &name) {
                        Member::Field(access) => {
                            cache.remember(CacheWay::field_of(object, record, &access));
                            return self.write_field(object, &access, value, &name);
                        }
                        Member::Method(_) => {
                            let record = self.runtime.types.name(record).to_string();
                            return self
                                .fail(ErrorKind::TypeError, format!("`{name}` is a method of {record} and cannot be assigned"));
                        }
                        Member::Missing => {}
                    }
                }
                self.no_member(object, &name)
            }
            Some(Kind::Module) => {
                // SAFETY: the kind says what the object is, and modules are never freed.
                let module = unsafe { Module::of_pointer((*object.object::<ModuleObject>()).module) };
                let Some(slot) = module.export(&name) else { return self.no_member(object, &name) };
                let held = self.follow_live(module.slot(slot));
                if super::module::extern_variable_of(held).is_some() {
                    return self.store_slot_slow(held, value);
                }
                let message = format!("`{name}` belongs to the module {}, which alone can assign it", module.name);
                self.fail(ErrorKind::TypeError, message)
            }
            _ => match self.find_member(object, &name)? {
                Some(_) => {
                    let type_name = self.runtime.type_name_of(object).to_string();
                    self.fail(ErrorKind::TypeError, format!("`{name}` of {type_name} cannot be assigned"))
                }
                None => self.no_member(object, &name),
            },
        }
    }

    /// `&object.name`
    pub(super) fn address_of_named(&mut self, object: Value, cache: *mut Cache) -> Result<Value, Thrown> {
        // SAFETY: as in `get_field`.
        let name = unsafe { Rc::clone(&(*cache).name) };
        if let Some(Kind::Block | Kind::View) = object.kind() {
            return self.runtime.address_of_field(object, &name);
        }
        let type_name = self.runtime.type_name_of(object).to_string();
        self.fail(
            ErrorKind::TypeError,
            format!("a value of type {type_name} has no fields in memory, so `{name}` has no address"),
        )
    }

    /// `&object[index]`
    pub(super) fn address_of_index(&mut self, object: Value, index: Value) -> Result<Value, Thrown> {
        if let Some(Kind::Block | Kind::View) = object.kind() {
            return self.runtime.address_of_index(object, index);
        }
        let type_name = self.runtime.type_name_of(object).to_string();
        self.fail(ErrorKind::TypeError, format!("the elements of a {type_name} have no address; use a slice: new [n]T(...xs)"))
    }

    /// `&object`
    pub(super) fn address_of_value(&mut self, object: Value, variable: u8) -> Result<Value, Thrown> {
        if let Some(Kind::Block | Kind::View) = object.kind()
            && !self.runtime.is_pointer(object)
        {
            return self.runtime.address_of_value(object);
        }
        let message = match variable {
            3 => "a module's variable has no address; use new",
            _ => "a local has no address; use new",
        };
        self.fail(ErrorKind::TypeError, message)
    }

    // ------------------------------------------------------------ method calls

    /// `receiver.name(…)` where the cache did not hit. The receiver stands in the window behind the place of the callee.
    #[inline(never)]
    pub(super) fn call_method(&mut self, window: *mut Value, count: usize, cache: *mut Cache) -> Result<Called, Thrown> {
        // SAFETY: as in `get_field`; the window holds receiver and arguments.
        let (cache, receiver) = unsafe { (&mut *cache, *window.add(1)) };
        if receiver.is_reference() {
            let key = receiver.header().type_id as u64;
            let way = if cache.way.key == key && cache.way.what == Cached::Method {
                Some(cache.way)
            } else {
                cache.find_other(key).filter(|way| way.what == Cached::Method)
            };
            if let Some(way) = way {
                cache.remember(way);
                // SAFETY: the window's first value is the callee's place.
                unsafe { *window = way.value };
                return self.call_value(window, count + 1);
            }
        }
        let name = Rc::clone(&cache.name);
        let type_id = self.runtime.type_of(receiver);
        let callee = match receiver.kind() {
            Some(Kind::Block | Kind::View) => {
                let record = self.runtime.types.record_behind(type_id).map(|(record, _)| record);
                match record.map_or(Member::Missing, |record| self.runtime.find_member(record, &name)) {
                    Member::Method(method) if method.has_self => {
                        let (function, real) = self.receive(receiver, method);
                        if method.part.is_none() && record == Some(type_id) {
                            cache.remember(CacheWay::method(receiver.header().type_id as u64, function, Cached::Method));
                        }
                        // SAFETY: as above.
                        unsafe {
                            *window = function;
                            *window.add(1) = real;
                        }
                        return self.call_value(window, count + 1);
                    }
                    Member::Method(method) => {
                        let record = self.runtime.types.name(type_id).to_string();
                        let _ = method;
                        return self.fail(
                            ErrorKind::TypeError,
                            format!("`{name}` of {record} takes no self; call it as {record}.{name}(…)"),
                        );
                    }
                    Member::Field(access) => Some(self.read_field(receiver, &access)?),
                    Member::Missing => None,
                }
            }
            Some(Kind::Module) => match self.cached_module_member(receiver, cache)? {
                Some(member) => Some(member),
                None => return self.no_member(receiver, &name),
            },
            Some(Kind::Type) => match self.type_member(receiver, &name)? {
                Some(member) => Some(member),
                None => return self.no_member(receiver, &name),
            },
            _ => None,
        };
        if let Some(callee) = callee {
            // A function in a field, a module or a type: called without the receiver.
            // SAFETY: as above.
            unsafe {
                *window = callee;
                std::ptr::copy(window.add(2), window.add(1), count);
            }
            return self.call_value(window, count);
        }
        let method_type = self.method_type(receiver);
        if let Some(method) = self.method_of_type(method_type, &name)? {
            if receiver.is_reference() {
                cache.remember(CacheWay::method(receiver.header().type_id as u64, method, Cached::Method));
            }
            // SAFETY: as above.
            unsafe { *window = method };
            return self.call_value(window, count + 1);
        }
        let callee = self.get_member(receiver, &name)?;
        // SAFETY: as above.
        unsafe {
            *window = callee;
            std::ptr::copy(window.add(2), window.add(1), count);
        }
        self.call_value(window, count)
    }
}

impl CacheWay {
    /// A field of a struct value, or of what a pointer to one points to.
    fn field_of(object: Value, record: TypeId, access: &FieldAccess) -> CacheWay {
        let key = object.header().type_id;
        if key == record.0 && object.is_kind(Kind::Block) {
            return CacheWay::field(record, access);
        }
        CacheWay { key: key as u64, what: Cached::FieldElsewhere, ..CacheWay::field(record, access) }
    }

    fn field(type_id: TypeId, access: &FieldAccess) -> CacheWay {
        let plain = access.bits.is_none();
        CacheWay {
            key: type_id.0 as u64,
            what: if plain && access.representation == Representation::Any && access.offset.is_multiple_of(8) {
                Cached::AnyField
            } else if plain {
                Cached::Field
            } else {
                Cached::BitField
            },
            access: *access,
            offset: access.offset,
            representation: access.representation,
            value: Value::NIL,
        }
    }

    fn method(key: u64, function: Value, what: Cached) -> CacheWay {
        CacheWay { key, what, access: FieldAccess::NONE, offset: 0, representation: Representation::None, value: function }
    }

    fn is_field(&self) -> bool {
        matches!(self.what, Cached::AnyField | Cached::Field | Cached::BitField | Cached::FieldElsewhere)
    }
}

impl Cache {
    /// Whether the name was found to be a field of values of a type; the way to it is then the first.
    #[inline(always)]
    fn has_field_of(&mut self, type_id: u32) -> bool {
        let key = type_id as u64;
        if self.way.key != key {
            self.prefer(key);
        }
        self.way.key == key && self.way.is_field()
    }

    /// Makes the way for a key the first, if it is known.
    #[inline(never)]
    fn prefer(&mut self, key: u64) {
        if let Some(way) = self.find_other(key) {
            self.remember(way);
        }
    }
}
