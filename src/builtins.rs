use crate::vm::*; use crate::value::*;
fn print(vm:&mut Vm,a:Arguments)->Result<Value,Thrown>{ let mut t=String::new(); for i in 0..a.count(){ if i>0{t.push(' ')}; write_str(vm,a.get(i),&mut t)?;} t.push('\n'); vm.print_bytes(t.as_bytes())?; Ok(Value::NIL)}
fn none(_:&mut Vm)->Vec<(&'static str,Value)>{vec![]}
fn args(vm:&mut Vm)->Vec<(&'static str,Value)>{ let l=vm.runtime.new_list(0).unwrap(); for s in vm.script_arguments.clone(){ let v=vm.runtime.string(&s).unwrap(); l.push(&mut vm.runtime,v).unwrap();} vec![("args",l.value())]}
fn push(vm:&mut Vm,a:Arguments)->Result<Value,Thrown>{ let l=ListRef::of(a.get(0)).unwrap(); for i in 1..a.count(){l.push(&mut vm.runtime,a.get(i))?;} Ok(a.get(0))}
fn int(vm:&mut Vm,a:Arguments)->Result<Value,Thrown>{ let v=a.get(0); if let Some(s)=v.to_str(){ let i=parse_int(s,10).ok().unwrap(); Ok(vm.runtime.int(i))} else if v.is_float(){Ok(vm.runtime.int(v.as_float() as i64))} else {Ok(v)}}
fn len(vm:&mut Vm,a:Arguments)->Result<Value,Thrown>{ let v=a.get(0); let n= if let Some(l)=ListRef::of(v){l.len()} else if v.is_string(){v.string_length()} else {0}; Ok(vm.runtime.int(n as i64))}
fn sqrt(_:&mut Vm,a:Arguments)->Result<Value,Thrown>{ Ok(Value::float(a.get(0).to_float().unwrap().sqrt()))}
static N:&[Namespace]=&[Namespace{name:"builtins",place:Place::Builtins,entries:&[NativeEntry{name:"print",signature:"(...v)",minimum:0,maximum:255,function:print,doc:""},NativeEntry{name:"int",signature:"(x)",minimum:1,maximum:2,function:int,doc:""},NativeEntry{name:"len",signature:"(x)",minimum:1,maximum:1,function:len,doc:""}],constants:none,script:None,doc:""},
Namespace{name:"list",place:Place::Methods(TypeId::LIST),entries:&[NativeEntry{name:"push",signature:"(self, ...v)",minimum:1,maximum:255,function:push,doc:""}],constants:none,script:None,doc:""},
Namespace{name:"os",place:Place::Module,entries:&[],constants:args,script:None,doc:""},
Namespace{name:"math",place:Place::Module,entries:&[NativeEntry{name:"sqrt",signature:"(x)",minimum:1,maximum:1,function:sqrt,doc:""}],constants:none,script:None,doc:""}];
pub fn namespaces()->&'static [Namespace]{N}
