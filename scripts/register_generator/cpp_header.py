"""Writes <name>_registers.h: offsets, widths, reset values, fields and enums for C++."""

from .text import camel, header

_CPP_KEYWORDS = {"auto", "break", "case", "char", "class", "const", "continue", "default", "delete", "do", "double",
                 "else", "enum", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "long",
                 "mutable", "namespace", "new", "operator", "private", "protected", "public", "register", "return",
                 "short", "signed", "sizeof", "static", "struct", "switch", "this", "throw", "true", "try", "typedef",
                 "union", "unsigned", "using", "virtual", "void", "volatile", "while", "and", "or", "not", "xor"}


def register_namespace(register):
    return register.name + "_" if register.name in _CPP_KEYWORDS else register.name


def known_reset(register):
    """The reset value of the fields that have a constant one (parameters at their default)."""
    return sum(field.reset.value << field.low for field in register.fields if field.reset is not None)


def _register(register):
    value_type = f"std::uint{register.width}_t"
    out = [f"// {register.description}", f"namespace {register_namespace(register)} {{",
           f"inline constexpr std::uint32_t kOffset = {register.offset:#06x};",
           f"inline constexpr std::uint32_t kBytes = {register.bytes};"]
    if register.array:
        out += [f"inline constexpr std::uint32_t kCount = {register.count};",
                f"inline constexpr std::uint32_t kStride = {register.stride};",
                "constexpr std::uint32_t Offset(std::uint32_t index) { return kOffset + index * kStride; }"]
    out.append(f"inline constexpr {value_type} kReset = {known_reset(register):#x};")
    for field in register.fields:
        out.append(f"using {camel(field.name)} = RegisterField<{value_type}, {field.low}, {field.width}>;"
                   f"  // {field.access}: {field.description}")
    for field in register.fields:
        if field.enum:
            out.append(f"enum class {camel(field.name)}Value : {value_type} {{")
            for entry in field.enum:
                comment = f"  // {entry.description}" if entry.description else ""
                out.append(f"  k{camel(entry.name)} = {entry.value:#x},{comment}")
            out.append("};")
    return out + [f"}}  // namespace {register_namespace(register)}", ""]


def write(block):
    out = header("//", block) + ["// clang-format off"]
    out += [f"// {block.description}", "// Per register a namespace: kOffset, kBytes, kReset, and its fields as",
            "// RegisterField (kShift, kWidth, kMask, Get, Set; models/common/register_field.h).", "#pragma once", "",
            "#include <cstdint>", "", '#include "models/common/register_field.h"', "",
            f"namespace tarn::{block.name}_registers {{", "",
            f"inline constexpr std::uint32_t kWindowBytes = {block.size:#x};", ""]
    for parameter in block.parameters:
        out += [f"// Default of the module's parameter {parameter.name}: {parameter.description}",
                f"inline constexpr std::uint64_t k{parameter.name}Default = {parameter.default:#x};", ""]
    for register in block.registers:
        out += _register(register)
    return "\n".join(out + [f"}}  // namespace tarn::{block.name}_registers"]) + "\n"
