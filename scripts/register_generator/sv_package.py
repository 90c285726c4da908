"""Writes tarn_<name>_regs_pkg.sv: offsets, enums, and what passes between register file and hardware."""

import dataclasses

from .text import camel, header, hex_bits


def as_hardware(block):
    """The block as the register file sees it: what stands in a memory is the hardware's."""
    return dataclasses.replace(block, registers=[
        dataclasses.replace(register, fields=[dataclasses.replace(field, hwext=True) for field in register.fields])
        if register.memory else register for register in block.registers])


def to_hardware(register):
    """Members of reg2hw.<register>: (name, SystemVerilog type)."""
    members = []
    for field in register.fields:
        if sends(field):
            members.append((field.name, [("q", field.width)]))
    if has_qe(register):
        members.append(("qe", None))
    if has_re(register):
        members.append(("re", None))
    if takes_bytes(register) and has_ext_write(register):
        members.append(("byte_enable", register.bytes))
    if members and has_index(register):
        members.append(("index", index_width(register)))
    return members


def from_hardware(register):
    members = []
    for field in register.fields:
        parts = []
        if field.hwext:
            parts = [("d", field.width)]
        elif field.hw in ("wo", "rw"):
            parts = {"W1C": [("sets", field.width)], "W1S": [("clears", field.width)]}.get(
                field.access, [("d", field.width), ("de", 1)])
        if field.reset_input:
            parts.append(("reset", field.width))
        if parts:
            members.append((field.name, parts))
    if register.wait:
        members.append(("ready", None))
    return members


def sends(field):
    """The hardware sees this field's q."""
    return writable(field) if field.hwext else field.hw in ("ro", "rw")


def writable(field):
    return field.access != "RO"


def has_qe(register):
    return register.strobe or has_ext_write(register)


def has_ext_write(register):
    return any(field.hwext and writable(field) for field in register.fields)


def has_re(register):
    return register.read_strobe or register.wait or register.memory


def takes_bytes(register):
    """The hardware merges what is written into its value."""
    return register.wait or register.memory


def has_index(register):
    return register.array and register.hwext


def index_width(register):
    return max(1, (register.count - 1).bit_length())


def is_stored_array(register):
    return register.array and not register.hwext


def _vector(width):
    return "logic" if width == 1 else f"logic [{width - 1}:0]"


def _struct(register, members, suffix):
    out = ["  typedef struct packed {"]
    for name, parts in members:
        if parts is None:
            out.append(f"    logic {name};")
        elif isinstance(parts, int):
            out.append(f"    {_vector(parts)} {name};")
        else:
            inner = " ".join(f"{_vector(width)} {part};" for part, width in parts)
            out.append(f"    struct packed {{ {inner} }} {name};")
    out.append(f"  }} {register.name}_{suffix}_t;")
    return out


def _whole(block, side, suffix):
    registers = [register for register in block.registers if side(register)]
    if not registers:
        return []
    out = []
    for register in registers:
        out += _struct(register, side(register), suffix) + [""]
    out.append("  typedef struct packed {")
    for register in registers:
        dimension = f" [{register.count - 1}:0]" if is_stored_array(register) else ""
        out.append(f"    {register.name}_{suffix}_t{dimension} {register.name};")
    return out + [f"  }} {suffix}_t;", ""]


def _enums(block):
    out = []
    for register in block.registers:
        for field in register.fields:
            if not field.enum:
                continue
            prefix = camel(register.name) + camel(field.name)
            entries = [f"    {prefix}{camel(entry.name)} = {hex_bits(entry.value, field.width)}"
                       for entry in field.enum]
            out += [f"  typedef enum {_vector(field.width)} {{", ",\n".join(entries),
                    f"  }} {register.name}_{field.name}_e;", ""]
    return out


def _parameter_defaults(block):
    return [f"  localparam {_vector(parameter.width)} {parameter.name}Default = "
            f"{hex_bits(parameter.default, parameter.width)};" for parameter in block.parameters]


def _offsets(block):
    out = _parameter_defaults(block)
    for register in block.registers:
        name = camel(register.name)
        out.append(f"  localparam logic [15:0] {name}Offset = 16'h{register.offset:04x};")
        if register.array:
            out.append(f"  localparam int unsigned {name}Count = {register.count};")
            out.append(f"  localparam int unsigned {name}Stride = {register.stride};")
    return out + [""]


def write(block):
    block = as_hardware(block)
    out = header("//", block)
    out += [f"// What passes between the registers of {block.name} and its hardware, their offsets, enums and parameters' defaults.",
            "// The members of reg2hw_t and hw2reg_t are explained in docs/registers.md.",
            f"package tarn_{block.name}_regs_pkg;"]
    out += _offsets(block) + _enums(block)
    out += _whole(block, to_hardware, "reg2hw") + _whole(block, from_hardware, "hw2reg")
    return "\n".join(out + ["endpackage"]) + "\n"
