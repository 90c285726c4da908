"""Reads and checks a register description (docs/registers.md). What comes out of load() is legal."""

import dataclasses
import json
import os
import re

ACCESS_TYPES = ("RW", "RO", "W1C", "W1S", "W1P", "WARL")
HARDWARE_ACCESS = ("none", "ro", "wo", "rw")
DEFAULT_HARDWARE_ACCESS = {"RW": "ro", "RO": "none", "W1C": "rw", "W1S": "rw", "W1P": "ro", "WARL": "ro"}
# Members beside a register's fields, words of SystemVerilog, and words of C++ that Verilator's lint refuses.
RESERVED_NAMES = frozenset(
    """qe re byte_enable index ready alias always and assert assign automatic begin bind bit bits break buf byte case cell chandle
    checker class clocking config const constraint context continue cover cross default design disable dist do edge
    else end enum event expect export extends extern final for force foreach forever fork function generate global
    if iff implements implies import include initial inout input inside instance int integer interface intersect join
    large let library local logic longint macromodule matches medium modport module nand negedge nettype new nexttime
    nor not null or output package packed parameter posedge primitive priority program property protected pull0 pull1
    pulldown pullup pure rand randc randcase real realtime ref reg reject_on release repeat restrict return scalared
    sequence shortint shortreal signed small soft solve specify static string strong strong0 strong1 struct super
    supply0 supply1 table tagged task this throughout time timeprecision timeunit tran tri tri0 tri1 type typedef
    union unique unsigned until untyped use var vectored virtual void wait wand weak weak0 weak1 while wildcard wire
    with within wor xnor xor
    abort exit free list log map new queue random read remove rename round select set signal sleep stack string system
    time vector write""".split()) - {"bits", "size"}
STORED_ARRAY_MAX = 64  # a longer array belongs to the hardware (hwext): it is one case item per element here
WINDOW_BYTES_MAX = 0x10000


class DescriptionError(Exception):
    """One line: file, register, what would be right."""


@dataclasses.dataclass
class Parameter:
    name: str
    width: int
    default: int
    description: str


@dataclasses.dataclass
class Number:
    """A constant, or a parameter of the module (then value is its default)."""

    value: int
    parameter: str | None = None


@dataclasses.dataclass
class EnumValue:
    name: str
    value: int
    when: str | None
    description: str


@dataclasses.dataclass
class Legal:
    """The legal set of a WARL field: mask, values (each with its condition) or an inclusive range."""

    kind: str  # "mask", "values" or "range"
    mask: Number | None = None
    values: list = dataclasses.field(default_factory=list)  # of (Number, when)
    low: Number | None = None
    high: Number | None = None


@dataclasses.dataclass
class Field:
    name: str
    low: int
    width: int
    access: str
    hw: str
    hwext: bool
    reset: Number | None  # None: from the input hw2reg.<register>.<field>.reset, or unknown for hwext
    reset_input: bool
    legal: Legal | None
    illegal: Number | None  # None: keep the old value
    enum: list
    when: str | None
    description: str

    @property
    def high(self):
        return self.low + self.width - 1

    @property
    def mask(self):
        return ((1 << self.width) - 1) << self.low

    @property
    def stored(self):
        """Has flip-flops of its own."""
        if self.hwext or self.access == "W1P":
            return False
        return self.access != "RO" or self.hw in ("wo", "rw") or self.reset_input

    @property
    def constant(self):
        return not self.hwext and not self.stored and self.access == "RO"


@dataclasses.dataclass
class Register:
    name: str
    offset: int
    width: int
    count: int
    stride: int
    strobe: bool
    read_strobe: bool
    wait: bool
    snapshot: bool
    memory: bool  # stored, but in a memory of the hardware
    when: str | None
    elements: str | None  # the parameter that says how many of an array's elements are there
    fixed: str | None  # the parameter that is not zero where the fields keep what they have after reset
    fields: list
    description: str
    array: bool

    @property
    def bytes(self):
        return self.width // 8

    @property
    def hwext(self):
        return all(field.hwext for field in self.fields)

    @property
    def end(self):
        return self.offset + (self.count - 1) * self.stride + self.bytes


@dataclasses.dataclass
class Block:
    path: str
    name: str
    block: str
    size: int
    unmapped: str
    parameters: list
    registers: list
    description: str


class _Context:
    """Where we are in the file, so that each message names it."""

    def __init__(self, path, where=""):
        self.path = path
        self.where = where

    def inside(self, what):
        return _Context(self.path, f"{self.where}, {what}" if self.where else what)

    def fail(self, message):
        where = f"{self.where}: " if self.where else ""
        raise DescriptionError(f"{self.path}: {where}{message}")

    def check_keys(self, obj, required, optional):
        if not isinstance(obj, dict):
            self.fail(f"expected an object with {', '.join(required)}")
        for key in obj:
            if key not in required and key not in optional and key != "comment":
                self.fail(f"unknown key '{key}'; known are {', '.join(sorted((*required, *optional)))}")
        for key in required:
            if key not in obj:
                self.fail(f"key '{key}' is missing")

    def integer(self, value, what):
        if isinstance(value, bool):
            self.fail(f"{what} must be a number, not {value}")
        if isinstance(value, int):
            number = value
        elif isinstance(value, str):
            try:
                number = int(value.replace("_", ""), 0)
            except ValueError:
                self.fail(f"{what} must be a number such as 16 or \"0x10\", not \"{value}\"")
        else:
            self.fail(f"{what} must be a number such as 16 or \"0x10\"")
        if number < 0:
            self.fail(f"{what} must not be negative")
        return number

    def boolean(self, obj, key, default=False):
        value = obj.get(key, default)
        if not isinstance(value, bool):
            self.fail(f"{key} must be true or false")
        return value

    def text(self, obj, key, default=None):
        value = obj.get(key, default)
        if not isinstance(value, str) or "\n" in value:
            self.fail(f"{key} must be one line of text")
        return value

    def name(self, obj):
        name = obj.get("name")
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
            self.fail(f"name must be lower_snake_case, not {json.dumps(name)}")
        if name in RESERVED_NAMES:
            self.fail(f"name '{name}' is reserved for the generated code")
        return name


def load(path, shown_path=None):
    """Reads and checks the description at path. Raises DescriptionError."""
    context = _Context(shown_path or path)
    try:
        with open(path, encoding="utf-8") as file:
            obj = json.load(file, object_pairs_hook=_unique_keys)
    except OSError as error:
        context.fail(error.strerror)
    except json.JSONDecodeError as error:
        context.fail(f"line {error.lineno}: not JSON: {error.msg}")
    except (UnicodeDecodeError, ValueError) as error:
        context.fail(f"not JSON: {error}")
    return _block(context, obj, path)


def _unique_keys(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key '{key}' appears twice in one object")
    return dict(pairs)


def _block(context, obj, path):
    context.check_keys(obj, ("name", "block", "description", "size", "registers"), ("unmapped", "parameters"))
    name = context.name(obj)
    if os.path.basename(path) != f"{name}_registers.json":
        context.fail(f"name '{name}' does not match the file's name; it would be {name}_registers.json")
    size = context.integer(obj["size"], "size")
    if size == 0 or size % 4 or size > WINDOW_BYTES_MAX:
        context.fail(f"size must be a multiple of 4, 4..{WINDOW_BYTES_MAX:#x}")
    unmapped = obj.get("unmapped", "error")
    if unmapped not in ("error", "zero"):
        context.fail("unmapped must be \"error\" or \"zero\"")
    parameters = [_parameter(context, entry) for entry in obj.get("parameters", [])]
    by_name = {parameter.name: parameter for parameter in parameters}
    if len(by_name) != len(parameters):
        context.fail("two parameters have the same name")
    if not isinstance(obj["registers"], list) or not obj["registers"]:
        context.fail("registers must be a list with at least one register")
    registers = [_register(context, entry, by_name) for entry in obj["registers"]]
    block = Block(path=context.path, name=name, block=context.text(obj, "block"), size=size, unmapped=unmapped,
                  parameters=parameters, registers=registers, description=context.text(obj, "description"))
    _check_layout(context, block)
    block.registers.sort(key=lambda register: register.offset)
    return block


def _parameter(context, obj):
    context.check_keys(obj, ("name", "width", "default", "description"), ())
    name = obj["name"]
    if not isinstance(name, str) or not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
        context.fail(f"parameter name must be UpperCamelCase, not {json.dumps(name)}")
    context = context.inside(f"parameter {name}")
    width = context.integer(obj["width"], "width")
    if not 1 <= width <= 64:
        context.fail("width must be 1..64")
    default = context.integer(obj["default"], "default")
    if default >> width:
        context.fail(f"default {default:#x} does not fit {width} bits")
    return Parameter(name, width, default, context.text(obj, "description"))


def _register(context, obj, parameters):
    name = obj.get("name") if isinstance(obj, dict) else None
    context = context.inside(f"register {name}")
    context.check_keys(obj, ("name", "offset", "fields", "description"),
                       ("width", "count", "stride", "hwext", "strobe", "read_strobe", "wait", "snapshot", "memory",
                        "when", "elements", "fixed"))
    name = context.name(obj)
    width = context.integer(obj.get("width", 32), "width")
    if width not in (32, 64):
        context.fail(f"width must be 32 or 64, not {width}")
    offset = context.integer(obj["offset"], "offset")
    if offset % (width // 8):
        context.fail(f"offset {offset:#x} is misaligned; a {width}-bit register wants a multiple of {width // 8}")
    count = context.integer(obj.get("count", 1), "count")
    stride = context.integer(obj.get("stride", width // 8), "stride")
    if count < 1:
        context.fail("count must be at least 1")
    if stride < width // 8 or stride & (stride - 1):
        context.fail(f"stride {stride} must be a power of two and at least {width // 8}")
    hwext = context.boolean(obj, "hwext")
    if not isinstance(obj["fields"], list) or not obj["fields"]:
        context.fail("fields must be a list with at least one field")
    fields = [_field(context, entry, width, hwext, parameters) for entry in obj["fields"]]
    _check_fields(context, fields)
    changes = any(field.hwext or field.hw in ("wo", "rw") for field in fields)
    register = Register(name=name, offset=offset, width=width, count=count, stride=stride,
                        strobe=context.boolean(obj, "strobe"), read_strobe=context.boolean(obj, "read_strobe"),
                        wait=context.boolean(obj, "wait"),
                        snapshot=context.boolean(obj, "snapshot", width == 64 and changes),
                        memory=context.boolean(obj, "memory"),
                        when=_when(context, obj, parameters), elements=_when(context, obj, parameters, "elements"),
                        fixed=_when(context, obj, parameters, "fixed"),
                        fields=sorted(fields, key=lambda field: field.low),
                        description=context.text(obj, "description"), array="count" in obj)
    _check_register(context, register)
    return register


def _check_register(context, register):
    some_ext = any(field.hwext for field in register.fields)
    if some_ext and register.array and not register.hwext:
        context.fail("an array is hwext as a whole or not at all")
    if register.elements and (not register.array or register.hwext):
        context.fail("elements is for stored arrays")
    if register.elements and any(field.reset is None or field.reset.parameter for field in register.fields):
        context.fail("elements needs fields that have a number after reset")
    if register.fixed and any(not field.stored or field.hw in ("wo", "rw") for field in register.fields):
        context.fail("fixed is for registers of stored fields that software alone changes")
    if register.wait and not register.hwext:
        context.fail("wait needs hwext: only the hardware can make the bus wait")
    if register.wait and any(field.access == "WARL" for field in register.fields):
        context.fail("a register with wait has no WARL field: its hardware makes the value legal; take RW")
    if register.snapshot and register.width != 64:
        context.fail("snapshot is for 64-bit registers")
    if register.memory and (register.wait or register.strobe or register.elements or
                            any(field.hwext or field.access != "RW" or field.reset_input for field in register.fields)):
        context.fail("memory is for registers of RW fields that are not hwext, without strobe, wait, elements and reset "
                     "\"input\"")
    if register.array and not register.hwext and not register.memory and register.count > STORED_ARRAY_MAX:
        context.fail(f"count {register.count} is too long for stored registers; make it hwext, or at most "
                     f"{STORED_ARRAY_MAX}")


def _when(context, obj, parameters, key="when"):
    name = obj.get(key)
    if name is not None and name not in parameters:
        context.fail(f"{key} names parameter '{name}', which is not among the parameters")
    return name


def _number(context, value, what, width, parameters):
    if isinstance(value, dict):
        context.check_keys(value, ("parameter",), ())
        parameter = parameters.get(value["parameter"])
        if parameter is None:
            context.fail(f"{what} names parameter '{value['parameter']}', which is not among the parameters")
        if parameter.width > width:
            context.fail(f"{what}: parameter {parameter.name} has {parameter.width} bits, the field {width}")
        return Number(parameter.default, parameter.name)
    number = context.integer(value, what)
    if number >> width:
        context.fail(f"{what} {number:#x} does not fit {width} bits")
    return Number(number)


def _bits(context, obj, register_width):
    match = re.fullmatch(r"(\d+)(?::(\d+))?", str(obj["bits"]))
    if not match:
        context.fail("bits must be \"high:low\" or one bit number, such as \"7:4\" or \"3\"")
    high = int(match[1])
    low = int(match[2]) if match[2] else high
    if low > high:
        context.fail(f"bits {high}:{low} are the wrong way round; high comes first")
    if high >= register_width:
        context.fail(f"bit {high} is outside the register, which has bits {register_width - 1}:0")
    return high, low


def _field(context, obj, register_width, register_hwext, parameters):
    name = obj.get("name") if isinstance(obj, dict) else None
    context = context.inside(f"field {name}")
    context.check_keys(obj, ("name", "bits", "access", "description"),
                       ("hw", "hwext", "reset", "legal", "illegal", "enum", "when"))
    name = context.name(obj)
    high, low = _bits(context, obj, register_width)
    width = high - low + 1
    access = obj["access"]
    if access not in ACCESS_TYPES:
        context.fail(f"unknown access type {json.dumps(access)}; known are {', '.join(ACCESS_TYPES)}")
    hw = obj.get("hw", DEFAULT_HARDWARE_ACCESS[access])
    if hw not in HARDWARE_ACCESS:
        context.fail(f"hw must be one of {', '.join(HARDWARE_ACCESS)}, not {json.dumps(hw)}")
    hwext = register_hwext or context.boolean(obj, "hwext")
    enum = _enum(context, obj.get("enum", []), width, parameters)
    legal = _legal(context, obj, access, width, enum, parameters)
    illegal = _illegal(context, obj, legal, width, parameters)
    reset_input = obj.get("reset") == "input"
    reset = None if reset_input or (hwext and "reset" not in obj) else _number(context, obj.get("reset", 0), "reset",
                                                                              width, parameters)
    field = Field(name=name, low=low, width=width, access=access, hw=hw, hwext=hwext, reset=reset,
                  reset_input=reset_input, legal=legal, illegal=illegal, enum=enum,
                  when=_when(context, obj, parameters), description=context.text(obj, "description"))
    _check_field(context, field, obj)
    return field


def _check_field(context, field, obj):
    if field.hwext and "hw" in obj:
        context.fail("hw has no meaning with hwext: the hardware holds the value")
    if field.hwext and field.reset_input:
        context.fail("reset \"input\" has no meaning with hwext: the hardware holds the value")
    if field.access == "W1P" and (field.hwext or (field.reset and (field.reset.value or field.reset.parameter))):
        context.fail("a W1P field reads as zero: it has no reset value and is not hwext")
    if field.access == "W1P" and field.hw != "ro":
        context.fail("a W1P field goes to the hardware: hw is \"ro\"")
    if field.access in ("W1C", "W1S") and not field.hwext and field.hw not in ("wo", "rw"):
        context.fail(f"a {field.access} field that the hardware cannot change has no use; hw is \"wo\" or \"rw\"")
    if field.legal and field.reset and not is_legal(field.legal, field.reset.value):
        context.fail(f"reset value {field.reset.value:#x} is not in the legal set")


def _enum(context, entries, width, parameters):
    if not isinstance(entries, list):
        context.fail("enum must be a list of {name, value}")
    result = []
    for entry in entries:
        context.check_keys(entry, ("name", "value"), ("description", "when"))
        inner = context.inside(f"enum {entry['name']}")
        name = inner.name(entry)
        value = _number(inner, entry["value"], "value", width, {}).value
        if any(name == other.name or value == other.value for other in result):
            inner.fail("name or value appears twice")
        result.append(EnumValue(name, value, _when(inner, entry, parameters), inner.text(entry, "description", "")))
    return result


def _legal(context, obj, access, width, enum, parameters):
    legal = obj.get("legal")
    if access != "WARL":
        if legal is not None:
            context.fail(f"legal is for WARL fields, this one is {access}")
        return None
    if legal == "enum":
        if not enum:
            context.fail("legal is \"enum\", but the field has no enum")
        return Legal("values", values=[(Number(entry.value), entry.when) for entry in enum])
    if not isinstance(legal, dict) or len(legal) != 1 or next(iter(legal)) not in ("mask", "values", "range"):
        context.fail("a WARL field needs legal: \"enum\", or an object with one of mask, values, range")
    if "mask" in legal:
        return Legal("mask", mask=_number(context, legal["mask"], "mask", width, parameters))
    if "values" in legal:
        if not isinstance(legal["values"], list) or not legal["values"]:
            context.fail("values must be a list with at least one value")
        return Legal("values", values=[_legal_value(context, entry, width, parameters) for entry in legal["values"]])
    if not isinstance(legal["range"], list) or len(legal["range"]) != 2:
        context.fail("range must be [lowest, highest]")
    low, high = (_number(context, entry, "range", width, parameters) for entry in legal["range"])
    if low.value > high.value:
        context.fail("range must be [lowest, highest]; the first is above the second")
    return Legal("range", low=low, high=high)


def _legal_value(context, entry, width, parameters):
    if isinstance(entry, dict) and "value" in entry:
        context.check_keys(entry, ("value",), ("when",))
        return _number(context, entry["value"], "value", width, parameters), _when(context, entry, parameters)
    return _number(context, entry, "value", width, parameters), None


def _illegal(context, obj, legal, width, parameters):
    illegal = obj.get("illegal", "keep")
    if "illegal" in obj and (legal is None or legal.kind == "mask"):
        context.fail("illegal is for WARL fields with values or a range")
    if illegal == "keep":
        return None
    number = _number(context, illegal, "illegal", width, parameters)
    if not is_legal(legal, number.value):
        context.fail(f"illegal value becomes {number.value:#x}, which is itself not in the legal set")
    return number


def is_legal(legal, value):
    """Whether value is in the legal set when each parameter has its default; every condition counts as met."""
    if legal.kind == "mask":
        return value & ~legal.mask.value == 0
    if legal.kind == "values":
        return any(number.value == value for number, _ in legal.values)
    return legal.low.value <= value <= legal.high.value


def _check_fields(context, fields):
    fields = sorted(fields, key=lambda field: field.low)
    names = [field.name for field in fields]
    for name in names:
        if names.count(name) > 1:
            context.fail(f"two fields have the name '{name}'")
    for before, after in zip(fields, fields[1:]):
        if after.low <= before.high:
            context.fail(f"fields {before.name} and {after.name} overlap at bit {after.low}")


def _check_layout(context, block):
    registers = sorted(block.registers, key=lambda register: register.offset)
    names = [register.name for register in registers]
    for register in registers:
        inner = context.inside(f"register {register.name}")
        if names.count(register.name) > 1:
            inner.fail("the name appears twice")
        if register.end > block.size:
            inner.fail(f"ends at {register.end:#x}, beyond the block's size {block.size:#x}")
    _check_overlaps(context, registers)


def _check_overlaps(context, registers):
    owner = {}
    for register in registers:
        for index in range(register.count):
            start = register.offset + index * register.stride
            for word in range(start, start + register.bytes, 4):
                other = owner.setdefault(word, register)
                if other is not register:
                    context.inside(f"register {register.name}").fail(
                        f"overlaps register {other.name} at offset {word:#x}")
