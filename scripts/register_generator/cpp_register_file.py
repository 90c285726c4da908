"""Writes <name>_register_file.h and .cpp: the model's register file, a table over models/common/register_file.h."""

import re

from .text import camel, header


def class_name(block):
    return camel(block.name) + "RegisterFile"


def _snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def write_header(block):
    out = header("//", block) + ["// clang-format off"]
    out += [f"// The model's register file of {block.name}: {block.description}", "#pragma once", "",
            "#include <cstdint>", "", '#include "models/common/register_file.h"', "",
            f"namespace tarn::{block.block} {{", ""]
    if block.parameters:
        out += ["// The parameters of the RTL's register file.", f"struct {camel(block.name)}RegisterParameters {{"]
        for parameter in block.parameters:
            out.append(f"  std::uint64_t {_snake(parameter.name)} = {parameter.default:#x};  // {parameter.description}")
        out += ["};", ""]
    argument = f"const {camel(block.name)}RegisterParameters& parameters = {{}}" if block.parameters else ""
    explicit = "explicit " if block.parameters else ""
    out += [f"class {class_name(block)} : public RegisterFile {{", " public:",
            f"  {explicit}{class_name(block)}({argument});", "  static const RegisterTable& Table();", "};", ""]
    return "\n".join(out + [f"}}  // namespace tarn::{block.block}"]) + "\n"


class _Writer:
    def __init__(self, block):
        self.block = block
        self.index = {parameter.name: position for position, parameter in enumerate(block.parameters)}

    def number(self, number):
        if number.parameter:
            return f"{{{number.value:#x}, {self.index[number.parameter]}}}"
        return f"{{{number.value:#x}}}"

    def when(self, when):
        return [f".when = {self.index[when]}"] if when else []

    def values(self, register):
        out = []
        for field in register.fields:
            if field.legal and field.legal.kind == "values":
                entries = ", ".join(f"{{{self.number(number)}, {self.index[when] if when else 'kNoParameter'}}}"
                                    for number, when in field.legal.values)
                out.append(f"constexpr RegisterLegalValue k{camel(register.name)}{camel(field.name)}Values[] = "
                           f"{{{entries}}};")
        return out

    def legal(self, register, field):
        legal = field.legal
        if not legal:
            return []
        if legal.kind == "mask":
            return [".legal = RegisterLegal::kMask", f".low = {self.number(legal.mask)}"]
        if legal.kind == "range":
            out = [".legal = RegisterLegal::kRange", f".low = {self.number(legal.low)}",
                   f".high = {self.number(legal.high)}"]
        else:
            out = [".legal = RegisterLegal::kValues",
                   f".values = k{camel(register.name)}{camel(field.name)}Values"]
        if field.illegal is not None:
            out += [".illegal_keeps = false", f".illegal = {self.number(field.illegal)}"]
        return out

    def field(self, register, field):
        parts = [f'.name = "{field.name}"', f".shift = {field.low}", f".width = {field.width}",
                 f".access = RegisterAccess::k{field.access.capitalize()}"]
        if field.hwext:
            parts.append(".hwext = true")
        if not field.hwext and field.hw in ("wo", "rw"):
            parts.append(".hw_changes = true")
        if field.reset is None:
            parts.append(".reset_known = false")
        elif field.reset.value or field.reset.parameter:
            parts.append(f".reset = {self.number(field.reset)}")
        parts += self.legal(register, field) + self.when(field.when)
        return f"    {{{', '.join(parts)}}},"

    def register(self, register):
        parts = [f'.name = "{register.name}"', f".offset = {register.offset:#06x}", f".bits = {register.width}"]
        if register.array:
            parts += [f".count = {register.count}", f".stride = {register.stride}"]
        if register.elements:
            parts.append(f".elements = {self.index[register.elements]}")
        if register.fixed:
            parts.append(f".fixed = {self.index[register.fixed]}")
        if register.snapshot:
            parts.append(".snapshot = true")
        if register.wait:
            parts.append(".wait = true")
        parts += self.when(register.when) + [f".fields = k{camel(register.name)}Fields"]
        return f"    {{{', '.join(parts)}}},"


def write_source(block, header_path):
    writer = _Writer(block)
    out = header("//", block) + ["// clang-format off"]
    out += [f'#include "{header_path}"', "", f"namespace tarn::{block.block} {{", "namespace {",
            ""]
    if block.parameters:
        out.append("constexpr RegisterParameter kParameters[] = {")
        out += [f'    {{"{parameter.name}", {parameter.width}, {parameter.default:#x}}},'
                for parameter in block.parameters]
        out += ["};", ""]
    for register in block.registers:
        out += writer.values(register)
        out.append(f"constexpr RegisterFieldInfo k{camel(register.name)}Fields[] = {{")
        out += [writer.field(register, field) for field in register.fields] + ["};"]
    out += ["", "constexpr RegisterInfo kRegisters[] = {"]
    out += [writer.register(register) for register in block.registers] + ["};", ""]
    parameters = "kParameters" if block.parameters else "{}"
    error = "true" if block.unmapped == "error" else "false"
    out += [f'constexpr RegisterTable kTable = {{"{block.name}", {block.size:#x}, {error}, {parameters}, kRegisters}};',
            "", "}  // namespace", ""]
    name = class_name(block)
    argument = f"const {camel(block.name)}RegisterParameters& parameters" if block.parameters else ""
    values = ", ".join(f"parameters.{_snake(parameter.name)}" for parameter in block.parameters)
    out += [f"{name}::{name}({argument}) : RegisterFile(kTable, {{{values}}}) {{}}", "",
            f"const RegisterTable& {name}::Table() {{ return kTable; }}", ""]
    return "\n".join(out + [f"}}  // namespace tarn::{block.block}"]) + "\n"
