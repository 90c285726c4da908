"""Writes tarn_<name>_regs.sv: the register file behind tarn_reg_pkg's bus."""

from .sv_package import (from_hardware, has_ext_write, has_index, has_qe, has_re, index_width, is_stored_array, sends,
                         to_hardware, writable)
from .text import camel, header, hex_bits

_HEADER = """\
// {description}
// The register file of {name}, between a tarn_reg_pkg bus and the hardware.
// Latency: the answer comes two cycles after the request is taken (a register with wait: when the hardware is
// ready, or with an error after tarn_reg_pkg::WaitCyclesMax cycles). One access at a time: ready is low until the
// answer. No combinational path from the bus to the bus or to the hardware, nor from hw2reg_i to reg2hw_o.
// An access to an offset without a register {unmapped}.
// The hardware's side (reg2hw_o, hw2reg_i) is explained in docs/registers.md."""

_FSM = """\
  typedef enum logic [1:0] {Idle, Execute, Respond} state_e;

  state_e                  state_q;
  tarn_reg_pkg::reg_req_t  req_q;
  tarn_reg_pkg::reg_rsp_t  rsp_q;
  logic                    initialised_q;  // inputs that give reset values are taken in the first cycle
  logic                    execute_read, execute_write, written, done, timed_out, mapped, waits;
  logic [13:0]             word;
  logic [31:0]             wdata, wmask;
  logic [63:0]             read_value;

  assign req_ready_o   = state_q == Idle && initialised_q;
  assign rsp_valid_o   = state_q == Respond;
  assign rsp_o         = rsp_q;
  assign word          = req_q.addr[15:2];
  assign wdata         = req_q.wdata;
  assign wmask         = {{8{req_q.wstrb[3]}}, {8{req_q.wstrb[2]}}, {8{req_q.wstrb[1]}}, {8{req_q.wstrb[0]}}};
  assign execute_read  = state_q == Execute && !req_q.write;
  assign execute_write = state_q == Execute && req_q.write && req_q.wstrb != '0;
  assign written       = state_q == Respond && req_q.write && req_q.wstrb != '0;
  assign done          = !waits || timed_out;
"""

_SEQUENCE = """\
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= Idle;
      initialised_q <= 1'b0;
    end else begin
      initialised_q <= 1'b1;
      unique case (state_q)
        Idle:    if (req_valid_i && req_ready_o) state_q <= Execute;
        Execute: if (done) state_q <= Respond;
        default: state_q <= Idle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) req_q <= req_i;
    if (state_q == Execute) begin
      rsp_q.error <= @ERROR@timed_out;
      rsp_q.rdata <= req_q.write ? '0 : rdata;
    end
  end
"""


def _range(field):
    return f"[{field.low}]" if field.width == 1 else f"[{field.high}:{field.low}]"


def _vector(width):
    return "logic" if width == 1 else f"logic [{width - 1}:0]"


def _number(number, width):
    if number is None:
        return f"{width}'h0"
    if number.parameter:
        return f"{width}'({number.parameter})"
    return hex_bits(number.value, width)


def _given(when, body, indent):
    """body, under the condition that parameter `when` is not zero."""
    return _if(f"{when} != '0" if when else None, body, indent)


def _if(condition, body, indent):
    if not condition or not body:
        return [indent + line for line in body]
    return [f"{indent}if ({condition}) begin", *(f"{indent}  {line}" for line in body), f"{indent}end"]


def _presence(register, index, when=None):
    """The condition that the element is there: none, or one of constants."""
    tests = [f"{when} != '0"] if when else []
    if register.elements and index is not None:
        tests.append(f"{register.elements} > {index}")
    return " && ".join(tests) or None


def _signal(register, field):
    return f"{register.name}_{field.name}_q"


def _member(struct, register, index, rest):
    element = f"[{index}]" if is_stored_array(register) else ""
    return f"{struct}.{register.name}{element}.{rest}"


def _stored_fields(block):
    return [(register, field) for register in block.registers for field in register.fields if field.stored]


def _elements(register):
    return range(register.count) if is_stored_array(register) else (None,)


def _case_items(register, index):
    start = (register.offset + (index or 0) * register.stride) // 4
    return ", ".join(f"14'h{word:x}" for word in range(start, start + register.bytes // 4))


# --- declarations -----------------------------------------------------------------------------------------------


def _ports(block):
    out = []
    if block.parameters:
        out.append(f"module tarn_{block.name}_regs #(")
        for parameter in block.parameters:
            comma = "" if parameter is block.parameters[-1] else ","
            vector = "logic" if parameter.width == 1 else f"logic [{parameter.width - 1}:0]"
            out.append(f"  parameter {vector} {parameter.name} = {hex_bits(parameter.default, parameter.width)}{comma}"
                       f"  // {parameter.description}")
        out.append(") (")
    else:
        out.append(f"module tarn_{block.name}_regs (")
    package = f"tarn_{block.name}_regs_pkg"
    ports = ["input  logic clk_i", "input  logic rst_ni", "input  logic req_valid_i",
             "input  tarn_reg_pkg::reg_req_t req_i"]
    if any(from_hardware(register) for register in block.registers):
        ports.append(f"input  {package}::hw2reg_t hw2reg_i")
    ports += ["output logic req_ready_o", "output logic rsp_valid_o", "output tarn_reg_pkg::reg_rsp_t rsp_o"]
    if any(to_hardware(register) for register in block.registers):
        ports.append(f"output {package}::reg2hw_t reg2hw_o")
    return out + [",\n".join("  " + port for port in ports), ");"]


def _declarations(block):
    out = []
    for register, field in _stored_fields(block):
        dimension = f"[{register.count - 1}:0]" if is_stored_array(register) else ""
        vector = f"[{field.width - 1}:0]" if field.width > 1 or dimension else ""
        out.append(f"  logic {dimension}{vector} {_signal(register, field)};".replace("logic  ", "logic "))
    for register in block.registers:
        if has_index(register):
            out.append(f"  logic {register.name}_hit;")
            out.append(f"  logic [15:0] {register.name}_distance;")
    if any(_delivered(register, field) for register in block.registers for field in register.fields):
        out.append("  logic [63:0] ext_value_q;  // what a write makes of hwext fields")
    return out + [""]


def _unused(block):
    signals = ["req_q", "wdata", "wmask", "mapped", "execute_read", "execute_write", "written"]
    if any(register.width == 64 for register in block.registers):
        signals += ["wdata64", "wmask64"]
    if any(_delivered(register, field) for register in block.registers for field in register.fields):
        signals.append("ext_value_q")
    return ["  // Not every register file has a field at every bit.", "  logic unused;",
            f"  assign unused = ^{{{', '.join(signals)}}};", ""]


def _delivered(register, field):
    """An hwext field whose new value is worked out here, from the old one and what is written."""
    return field.hwext and field.access in ("RW", "WARL") and not register.wait


def _hits(block):
    out = []
    for register in block.registers:
        if not has_index(register):
            continue
        name = register.name
        within = f"({name}_distance & 16'h{register.stride - 1:x}) < 16'h{register.bytes:x}"
        above = f"req_q.addr >= 16'h{register.offset:x} && " if register.offset else ""
        span = register.count * register.stride
        below = f"{name}_distance < 16'h{span:x}" if span < 0x10000 else "1'b1"
        out += [f"  assign {name}_distance = req_q.addr - 16'h{register.offset:x};",
                f"  assign {name}_hit = {above}{below}" +
                (f" && {within};" if register.stride > register.bytes else ";")]
    return out + [""] if out else []


def _legal_functions(block):
    out = []
    for register in block.registers:
        for field in register.fields:
            if field.legal:
                out += _legal_function(register, field) + [""]
    return out


def _legal_function(register, field):
    vector = _vector(field.width)
    name = f"legal_{register.name}_{field.name}"
    legal = field.legal
    if legal.kind == "mask":
        return [f"  function automatic {vector} {name}(input {vector} wanted);",
                f"    return wanted & {_number(legal.mask, field.width)};", "  endfunction"]
    keep = field.illegal is None
    old = f", input {vector} old" if keep else ""
    if legal.kind == "values":
        tests = []
        for number, when in legal.values:
            test = f"wanted == {_number(number, field.width)}"
            tests.append(f"({test} && {when} != '0)" if when else f"({test})")
    else:
        tests = [_range_test(field, legal)]
    other = "old" if keep else _number(field.illegal, field.width)
    return [f"  function automatic {vector} {name}(input {vector} wanted{old});",
            f"    logic is_legal;", f"    is_legal = {(chr(10) + '        || ').join(tests)};",
            f"    return is_legal ? wanted : {other};", "  endfunction"]


def _range_test(field, legal):
    """Leaves out a comparison that is always true, which lint tools refuse."""
    tests = []
    if legal.low.parameter or legal.low.value > 0:
        tests.append(f"wanted >= {_number(legal.low, field.width)}")
    if legal.high.parameter or legal.high.value < (1 << field.width) - 1:
        tests.append(f"wanted <= {_number(legal.high, field.width)}")
    return "(" + (" && ".join(tests) or "1'b1") + ")"


# --- reading ----------------------------------------------------------------------------------------------------


def _field_value(register, field, index):
    if field.hwext:
        value = _member("hw2reg_i", register, index, f"{field.name}.d")
    elif field.access == "W1P":
        return f"{field.width}'h0"
    elif field.stored:
        value = _signal(register, field) + (f"[{index}]" if index is not None else "")
    else:
        value = _number(field.reset, field.width)
    if field.when and not (field.stored and not field.hwext):
        return f"({field.when} != '0 ? {value} : {field.width}'h0)"
    return value


def _register_value(register, index):
    parts, next_bit = [], register.width
    for field in reversed(register.fields):
        if field.high + 1 < next_bit:
            parts.append(f"{next_bit - field.high - 1}'h0")
        parts.append(_field_value(register, field, index))
        next_bit = field.low
    if next_bit:
        parts.append(f"{next_bit}'h0")
    value = "{" + ", ".join(parts) + "}"
    return value if register.width == 64 else "{2{" + value + "}}"


def _arms(block, body, mapped):
    """The case over the word address: body(register, index) per register, then arrays held by the hardware."""
    out = ["      unique case (word)"]
    for register in block.registers:
        if has_index(register):
            continue
        for index in _elements(register):
            inside = body(register, index)
            if inside or mapped:
                out += [f"        {_case_items(register, index)}: begin  // {register.name}"
                        + (f"[{index}]" if index is not None else "")]
                out += _if(_presence(register, index, register.when), inside, "          ") + ["        end"]
    out.append("        default: begin")
    chain = [(register, body(register, None)) for register in block.registers if has_index(register)]
    chain = [(register, inside) for register, inside in chain if inside or mapped]
    for position, (register, inside) in enumerate(chain):
        out.append(f"          {'end else ' if position else ''}if ({register.name}_hit) begin")
        out += _given(register.when, inside, "            ")
    if chain and mapped:
        out += ["          end else begin", "            mapped = 1'b0;", "          end"]
    elif chain:
        out.append("          end")
    elif mapped:
        out.append("          mapped = 1'b0;")
    return out + ["        end", "      endcase"]


def _read_process(block):
    def body(register, index):
        lines = [f"read_value = {_register_value(register, index)};"]
        if register.snapshot:
            lines.append("snapshot = 1'b1;")
        if register.wait:
            lines.append(f"waits = !hw2reg_i.{register.name}.ready && (execute_read || execute_write);")
        return lines

    snapshots = any(register.snapshot for register in block.registers)
    out = ["  // Which register this is and what it reads as; a 32-bit register stands in both halves.",
           "  always_comb begin", "    read_value = '0;", "    mapped     = 1'b1;", "    waits      = 1'b0;"]
    if snapshots:
        out.append("    snapshot   = 1'b0;")
    out += ["    if (state_q == Execute) begin", *_arms(block, body, True), "    end", "  end", ""]
    return out


def _snapshot(block):
    if not any(register.snapshot for register in block.registers):
        return ["  logic [31:0] rdata;", "  assign rdata = word[0] ? read_value[63:32] : read_value[31:0];", ""]
    return ["  // Reading the low word of such a 64-bit register keeps the high word for the next read of it, so that a",
            "  // carry between the two reads does not show.",
            "  logic        snapshot, snapshot_valid_q, snapshot_hit;",
            "  logic [12:0] snapshot_word_q;", "  logic [31:0] snapshot_high_q, rdata;", "",
            "  assign snapshot_hit = snapshot && snapshot_valid_q && word[0] && snapshot_word_q == word[13:1];",
            "  assign rdata = snapshot_hit ? snapshot_high_q : word[0] ? read_value[63:32] : read_value[31:0];", "",
            "  always_ff @(posedge clk_i or negedge rst_ni) begin",
            "    if (!rst_ni) snapshot_valid_q <= 1'b0;",
            "    else if (state_q == Execute && done) begin",
            "      if (req_q.write || snapshot_hit) snapshot_valid_q <= 1'b0;",
            "      else if (snapshot && !word[0]) snapshot_valid_q <= 1'b1;", "    end", "  end", "",
            "  always_ff @(posedge clk_i) begin",
            "    if (execute_read && snapshot && !word[0]) begin", "      snapshot_high_q <= read_value[63:32];",
            "      snapshot_word_q <= word[13:1];", "    end", "  end", ""]


def _wait_counter(block):
    if not any(register.wait for register in block.registers):
        return ["  assign timed_out = 1'b0;", ""]
    return ["  logic [$clog2(tarn_reg_pkg::WaitCyclesMax + 1)-1:0] wait_cycles_q;", "",
            "  assign timed_out = waits && 32'(wait_cycles_q) == tarn_reg_pkg::WaitCyclesMax;", "",
            "  always_ff @(posedge clk_i) wait_cycles_q <= waits ? wait_cycles_q + 1'b1 : '0;", ""]


# --- writing ----------------------------------------------------------------------------------------------------


def _wide(register):
    return "64" if register.width == 64 else ""


def _merged(register, field, old):
    bits, wide = _range(field), _wide(register)
    return f"({old} & ~wmask{wide}{bits}) | (wdata{wide}{bits} & wmask{wide}{bits})"


def _ones(register, field):
    bits, wide = _range(field), _wide(register)
    return f"(wdata{wide}{bits} & wmask{wide}{bits})"


def _legalised(register, field, merged, old):
    if not field.legal:
        return merged
    arguments = merged if field.legal.kind == "mask" or field.illegal is not None else f"{merged}, {old}"
    return f"legal_{register.name}_{field.name}({arguments})"


def _next_value(register, field, index):
    """The stored field's value after a write by software."""
    signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
    if field.access == "W1C":
        return f"({signal} & ~{_ones(register, field)}) | {_member('hw2reg_i', register, index, f'{field.name}.sets')}"
    if field.access == "W1S":
        clear = _member("hw2reg_i", register, index, f"{field.name}.clears")
        return f"({signal} & ~{clear}) | {_ones(register, field)}"
    old = signal
    if field.hw in ("wo", "rw"):
        member = _member("hw2reg_i", register, index, field.name)
        old = f"({member}.de ? {member}.d : {signal})"
    return _legalised(register, field, _merged(register, field, old), old)


def _write_body(register, index):
    out = []
    element = f"[{index}]" if index is not None else ""
    for field in register.fields:
        if field.stored and writable(field):
            assignment = f"{_signal(register, field)}{element} <= {_next_value(register, field, index)};"
            out += _given(field.when, [assignment], "")
    return out


def _hardware_updates(block):
    out = []
    for register, field in _stored_fields(block):
        for index in _elements(register):
            signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
            member = _member("hw2reg_i", register, index, field.name)
            body = []
            if field.hw not in ("wo", "rw"):
                continue
            if field.access == "W1C":
                body = [f"{signal} <= {signal} | {member}.sets;"]
            elif field.access == "W1S":
                body = [f"{signal} <= {signal} & ~{member}.clears;"]
            else:
                body = [f"if ({member}.de) {signal} <= {member}.d;"]
            out += _if(_presence(register, index, field.when or register.when), body, "      ")
    return out


def _reset_value(register, field):
    value = "'0" if field.reset is None else _number(field.reset, field.width)
    for when in (field.when, register.when):
        if when and value != "'0":
            value = f"{when} != '0 ? {value} : '0"
    return "{" + f"{register.count}{{{value}}}" + "}" if is_stored_array(register) and value != "'0" else value


def _input_resets(block):
    out = []
    for register, field in _stored_fields(block):
        for index in _elements(register):
            if field.reset_input:
                signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
                body = [f"{signal} <= {_member('hw2reg_i', register, index, field.name)}.reset;"]
                out += _given(field.when or register.when, body, "        ")
    return ["      if (!initialised_q) begin", *out, "      end"] if out else []


def _storage_process(block):
    resets = [f"      {_signal(register, field)} <= {_reset_value(register, field)};"
              for register, field in _stored_fields(block)]
    if not resets:
        return []
    out = ["  // The hardware's updates first, then software's write over them.",
           "  always_ff @(posedge clk_i or negedge rst_ni) begin", "    if (!rst_ni) begin", *resets,
           "    end else begin", *_hardware_updates(block), *_input_resets(block)]
    arms = _arms(block, _write_body, False)
    out += ["      if (execute_write) begin", *("  " + line for line in arms), "      end", "    end", "  end", ""]
    return out


def _delivery_process(block):
    def body(register, index):
        out = []
        for field in register.fields:
            if _delivered(register, field):
                old = f"hw2reg_i.{register.name}.{field.name}.d"
                value = _legalised(register, field, _merged(register, field, old), old)
                out.append(f"ext_value_q{_range(field)} <= {value};")
        return out

    if not any(body(register, None) for register in block.registers):
        return []
    return ["  always_ff @(posedge clk_i) begin", "    if (execute_write) begin", "      ext_value_q <= '0;",
            *_arms(block, body, False), "    end", "  end", ""]


def _access_outputs(register, index):
    """What the hardware sees of an access to this register."""
    out = []
    if has_qe(register):
        # With wait the strobe is held for the hardware; else it comes with the new values.
        strobe = "execute_write" if register.wait else "written"
        out.append(f"{_member('reg2hw_o', register, index, 'qe')} = {strobe};")
    if has_re(register):
        out.append(f"{_member('reg2hw_o', register, index, 're')} = execute_read;")
    if register.wait and has_ext_write(register):
        enables = "req_q.wstrb" if register.width == 32 else "word[0] ? {req_q.wstrb, 4'h0} : {4'h0, req_q.wstrb}"
        out.append(f"{_member('reg2hw_o', register, index, 'byte_enable')} = {enables};")
    for field in register.fields:
        ones = field.access == "W1P" or (field.hwext and writable(field) and not _delivered(register, field))
        if ones:
            target = _member("reg2hw_o", register, index, f"{field.name}.q")
            line = f"if (written) {target} = {_ones(register, field)};"
            out += _given(field.when, [line if field.access == "W1P" else f"{target} = {_ones(register, field)};"], "")
    return out


def _standing_outputs(register, index):
    """What the hardware sees all the time."""
    out = []
    element = f"[{index}]" if index is not None else ""
    for field in register.fields:
        target = _member("reg2hw_o", register, index, f"{field.name}.q")
        if _delivered(register, field):
            out += _given(field.when, [f"{target} = ext_value_q{_range(field)};"], "")
        elif field.stored and sends(field):
            out.append(f"{target} = {_signal(register, field)}{element};")
    if has_index(register) and to_hardware(register):
        shift = register.stride.bit_length() - 1
        high = shift + index_width(register) - 1
        out.append(f"reg2hw_o.{register.name}.index = {register.name}_distance[{high}:{shift}];")
    return out


def _output_process(block):
    if not any(to_hardware(register) for register in block.registers):
        return []
    out = ["  always_comb begin", "    reg2hw_o = '0;"]
    for register in block.registers:
        for index in _elements(register):
            out += ["    " + line for line in _standing_outputs(register, index)]
    if any(_access_outputs(register, None) for register in block.registers):
        out += ["    if (state_q != Idle) begin", *_arms(block, _access_outputs, False), "    end"]
    return out + ["  end", ""]


def write(block):
    unmapped = "is answered with an error" if block.unmapped == "error" else "reads zero and ignores writes"
    out = header("//", block)
    out += [_HEADER.format(description=block.description, name=block.name, unmapped=unmapped), *_ports(block)]
    out.append(_FSM)
    if any(register.width == 64 for register in block.registers):
        out += ["  // A 64-bit register is two words; a write reaches the half that it addresses.",
                "  logic [63:0] wdata64, wmask64;", "  assign wdata64 = {2{wdata}};",
                "  assign wmask64 = word[0] ? {wmask, 32'h0} : {32'h0, wmask};", ""]
    out += _declarations(block) + _hits(block) + _legal_functions(block) + _snapshot(block) + _wait_counter(block)
    out += _unused(block) + _read_process(block)
    out.append(_SEQUENCE.replace("@ERROR@", "!mapped || " if block.unmapped == "error" else ""))
    out += _storage_process(block) + _delivery_process(block) + _output_process(block)
    return "\n".join(out + ["endmodule"]) + "\n"
