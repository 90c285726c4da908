"""Writes tarn_<name>_regs.sv: the register file behind tarn_reg_pkg's bus."""

from .sv_package import (as_hardware, from_hardware, has_ext_write, has_index, has_qe, has_re, index_width,
                         is_stored_array, sends, takes_bytes, to_hardware, writable)
from .text import camel, header, hex_bits

ARRAY_PAGES_MAX = 16

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
  logic [3:0]              strobe;
  logic [31:0]             word_value;  // of a 32-bit register, else zero
  logic [63:0]             pair_value;  // of a 64-bit register, else zero

  assign req_ready_o   = state_q == Idle && initialised_q;
  assign rsp_valid_o   = state_q == Respond;
  assign rsp_o         = rsp_q;
  assign word          = req_q.addr[15:2];
  assign wdata         = req_q.wdata;
  assign strobe        = req_q.wstrb;
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


def _slice(high, low, width):
    """Selects bits of something width bits wide; nothing if that is all of it."""
    if high - low + 1 == width:
        return ""
    return f"[{low}]" if high == low else f"[{high}:{low}]"


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


def _presence(register, index, when=None, fixed=None):
    """The condition that the element is there, and (where `fixed` is given) can be written: none, or one of constants."""
    tests = [f"{when} != '0"] if when else []
    if fixed:
        tests.append(f"{fixed} == '0")
    if register.elements and index is not None:
        tests.append(f"{register.elements} > {index}")
    return " && ".join(tests) or None


def _signal(register, field):
    return f"{register.name}_{field.name}_q"


def _current(register, field, index):
    """What the field holds, in its full width."""
    signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
    return signal if _stored_width(field) == field.width else f"{field.width}'({signal})"


def _member(struct, register, index, rest):
    element = f"[{index}]" if is_stored_array(register) else ""
    return f"{struct}.{register.name}{element}.{rest}"


def _stored_width(field):
    """The flip-flops that a field needs: bits above its highest legal value are always zero."""
    if not _stays_legal(field) or field.legal.kind == "mask":
        return field.width
    return max(1, _highest(field).bit_length())


def _highest(field):
    return field.legal.high.value if field.legal.kind == "range" else max(number.value
                                                                          for number, _ in field.legal.values)


def _stays_legal(field):
    """Whether a WARL field never holds an illegal value: no parameter and no hardware changes what is legal, or held."""
    legal = field.legal
    if not legal or field.hw in ("wo", "rw") or field.reset_input or field.hwext:
        return False
    numbers = [field.reset, field.illegal, legal.mask, legal.low, legal.high, *(number for number, _ in legal.values)]
    return not any(number and number.parameter for number in numbers) and not any(when for _, when in legal.values)


def _stored_fields(block):
    return [(register, field) for register in block.registers for field in register.fields if field.stored]


def _elements(register):
    return range(register.count) if is_stored_array(register) else (None,)


def _hit(register, index):
    return f"hit.{register.name}" + (f"[{index}]" if index is not None else "")


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
        width = _stored_width(field)
        vector = f"[{width - 1}:0]" if width > 1 or dimension else ""
        out.append(f"  logic {dimension}{vector} {_signal(register, field)};".replace("logic  ", "logic "))
    for register in block.registers:
        if _has_distance(register):
            out.append(f"  logic [15:0] {register.name}_distance;")
    if any(_delivered(register, field) for register in block.registers for field in register.fields):
        out.append("  logic [63:0] ext_value, ext_value_q;  // what a write makes of hwext fields")
    return out + [""]


def _unused(block):
    signals = ["req_q", "word", "slot_q", "pair", "wdata", "wmask", "strobe", "mapped", "execute_read", "execute_write", "written"]
    if any(register.width == 64 for register in block.registers):
        signals += ["wdata64", "wmask64", "strobe64"]
    if any(_delivered(register, field) for register in block.registers for field in register.fields):
        signals.append("ext_value_q")
    return ["  // Not every register file has a field at every bit.", "  logic unused;",
            f"  assign unused = ^{{{', '.join(signals)}}};", ""]


def _delivered(register, field):
    """An hwext field whose new value is worked out here, from the old one and what is written."""
    return field.hwext and field.access in ("RW", "WARL") and not takes_bytes(register)


def _slots(register, index):
    """The words in which a register, or one of its elements, or an array of the hardware stands."""
    indices = range(register.count) if has_index(register) else (index or 0,)
    return [(register.offset + i * register.stride) // 4 + half for i in indices for half in range(register.bytes // 4)]


def _has_distance(register):
    """An array of the hardware that is too long to look at each of its words."""
    return has_index(register) and (register.offset % register.stride or
                                   len({word // 16 for word in _slots(register, None)}) > ARRAY_PAGES_MAX)


def _pages(block):
    """The 64-byte pages in which registers stand."""
    return sorted({word // 16 for register in block.registers if not _has_distance(register)
                   for index in _elements(register) for word in _slots(register, index)})


def _hits(block):
    """Which register is addressed: the page is decoded before, so that the choice takes one level of logic."""
    pages = _pages(block)
    out = ["  // Which register is under way; at most one is. Its 64-byte page and the word in that are decoded when the request",
           "  // is taken.", "  typedef struct packed {"]
    for register in block.registers:
        dimension = f"[{register.count - 1}:0] " if is_stored_array(register) else ""
        out.append(f"    logic {dimension}{register.name};")
    out += ["  } hit_t;", "", "  hit_t hit;", f"  logic [{max(len(pages), 1) - 1}:0] page_q;", "  logic [15:0] slot_q;",
            "  logic [7:0] pair;", "", "  always_comb begin",
            "    for (int unsigned i = 0; i < 8; i++) pair[i] = slot_q[2*i] || slot_q[2*i+1];"]
    for register in block.registers:
        for index in _elements(register):
            out.append(f"    {_hit(register, index)} = {_hit_value(register, index, pages)};")
    out += ["  end", "", "  always_ff @(posedge clk_i or negedge rst_ni) begin", "    if (!rst_ni) begin",
            "      page_q <= '0;", "    end else if (state_q == Idle) begin"]
    out += [f"      page_q[{position}] <= req_i.addr[15:6] == 10'h{page:x};" for position, page in enumerate(pages)]
    out += ["    end", "  end", "  always_ff @(posedge clk_i) begin",
            "    if (state_q == Idle) slot_q <= 16'd1 << req_i.addr[5:2];", "  end", ""]
    for register in block.registers:
        if _has_distance(register):
            out += [f"  assign {register.name}_distance = req_q.addr - 16'h{register.offset:x};", ""]
    return out


def _hit_value(register, index, pages):
    if _has_distance(register):
        distance = f"{register.name}_distance"
        tests = [f"req_q.addr >= 16'h{register.offset:x}"] if register.offset else []
        span = register.count * register.stride
        tests += [f"{distance} < 16'h{span:x}"] if span < 0x10000 else []
        if register.stride > register.bytes:
            tests.append(f"({distance} & 16'h{register.stride - 1:x}) < 16'h{register.bytes:x}")
        return " && ".join(tests) or "1'b1"
    terms = []
    for position, page in enumerate(pages):
        words = [word % 16 for word in _slots(register, index) if word // 16 == page]
        if len(words) == 16:
            terms.append(f"page_q[{position}]")
        elif words:
            slots = ([f"pair[{word // 2}]" for word in words[::2]] if register.width == 64 else
                     [f"slot_q[{word}]" for word in words])
            terms.append(f"page_q[{position}] && " + (slots[0] if len(slots) == 1 else f"({' || '.join(slots)})"))
    return terms[0] if len(terms) == 1 else " || ".join(f"({term})" for term in terms)


def _index(register):
    """The element of an array of the hardware that is addressed."""
    shift = register.stride.bit_length() - 1
    width = index_width(register)
    if _has_distance(register):
        return f"{register.name}_distance[{shift + width - 1}:{shift}]"
    first = (register.offset >> shift) % (1 << width)
    return f"req_q.addr[{shift + width - 1}:{shift}]" + (f" - {hex_bits(first, width)}" if first else "")


def _legal_functions(block):
    out = []
    for register in block.registers:
        for field in register.fields:
            if field.legal and field.legal.kind != "mask":
                out += _legal_function(register, field) + [""]
    return out


def _legal_function(register, field):
    legal = field.legal
    if legal.kind == "values":
        tests = []
        for number, when in legal.values:
            test = f"wanted == {_number(number, field.width)}"
            tests.append(f"({test} && {when} != '0)" if when else f"({test})")
    else:
        tests = [_range_test(field, legal)]
    return [f"  function automatic logic is_legal_{register.name}_{field.name}(input {_vector(field.width)} wanted);",
            f"    return {(chr(10) + '        || ').join(tests)};", "  endfunction"]


def _range_test(field, legal):
    """Leaves out a comparison that is always true, which lint tools refuse."""
    tests = []
    if legal.low.parameter or legal.low.value > 0:
        tests.append(f"wanted >= {_number(legal.low, field.width)}")
    if legal.high.parameter:
        tests.append(f"wanted <= {_number(legal.high, field.width)}")
    else:
        # What becomes short comparisons: with zero above the highest bit of the highest value, and below as far as needed.
        width = max(1, legal.high.value.bit_length())
        full = legal.high.value == (1 << width) - 1
        if full and width < field.width:
            tests.append(f"wanted < {hex_bits(1 << width, field.width)}")
        elif not full:
            if width < field.width:
                tests.append(f"wanted{_slice(field.width - 1, width, field.width)} == '0")
            tests.append(f"wanted{_slice(width - 1, 0, field.width)} <= {_number(legal.high, width)}")
    return "(" + (" && ".join(tests) or "1'b1") + ")"


# --- reading ----------------------------------------------------------------------------------------------------


def _field_value(register, field, index):
    if field.hwext:
        value = _member("hw2reg_i", register, index, f"{field.name}.d")
    elif field.access == "W1P":
        return f"{field.width}'h0"
    elif field.stored:
        value = _current(register, field, index)
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
    return "{" + ", ".join(parts) + "}"


def _arms(block, body):
    """What holds for the register that is addressed: body(register, index) per register."""
    out = []
    for register in block.registers:
        for index in _elements(register):
            present = _presence(register, index, register.when)
            out += _if(_hit(register, index), _if(present, body(register, index), ""), "    ")
    return out


def _read_process(block):
    def body(register, index):
        lines = [f"{'pair_value' if register.width == 64 else 'word_value'} |= {_register_value(register, index)};"]
        if register.snapshot:
            lines.append("snapshot = 1'b1;")
        if register.wait:
            lines.append(f"waits = !hw2reg_i.{register.name}.ready && (execute_read || execute_write);")
        return lines

    snapshots = any(register.snapshot for register in block.registers)
    out = ["  // Which register this is and what it reads as.",
           "  always_comb begin", "    word_value = '0;", "    pair_value = '0;", "    mapped     = hit != '0;",
           "    waits      = 1'b0;"]
    if snapshots:
        out.append("    snapshot   = 1'b0;")
    return out + _arms(block, body) + ["  end", ""]


def _snapshot(block):
    if not any(register.snapshot for register in block.registers):
        return ["  logic [31:0] rdata;", "  assign rdata = word_value | (word[0] ? pair_value[63:32] : pair_value[31:0]);", ""]
    return ["  // Reading the low word of such a 64-bit register keeps the high word for the next read of it, so that a",
            "  // carry between the two reads does not show.",
            "  logic        snapshot, snapshot_valid_q, snapshot_hit;",
            "  logic [12:0] snapshot_word_q;", "  logic [31:0] snapshot_high_q, rdata;", "",
            "  assign snapshot_hit = snapshot && snapshot_valid_q && word[0] && snapshot_word_q == word[13:1];",
            "  assign rdata = word_value | (snapshot_hit ? snapshot_high_q : word[0] ? pair_value[63:32] : pair_value[31:0]);",
            "",
            "  always_ff @(posedge clk_i or negedge rst_ni) begin",
            "    if (!rst_ni) snapshot_valid_q <= 1'b0;",
            "    else if (state_q == Execute && done) begin",
            "      if (req_q.write || snapshot_hit) snapshot_valid_q <= 1'b0;",
            "      else if (snapshot && !word[0]) snapshot_valid_q <= 1'b1;", "    end", "  end", "",
            "  always_ff @(posedge clk_i) begin",
            "    if (execute_read && snapshot && !word[0]) begin", "      snapshot_high_q <= pair_value[63:32];",
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
    if field.legal.kind == "mask":
        return f"({merged}) & {_number(field.legal.mask, field.width)}"
    other = old if field.illegal is None else _number(field.illegal, field.width)
    return f"is_legal_{register.name}_{field.name}({merged}) ? {merged} : {other}"


def _pieces(field):
    """The field's bits, byte by byte from below: (byte of the register, highest bit, lowest bit in the register)."""
    return [(low // 8, min(field.high, low | 7), low)
            for low in [field.low, *range((field.low | 7) + 1, field.high + 1, 8)]]


def _piece(field, high, low, width=None):
    return _slice(high - field.low, low - field.low, width or field.width)


def _data(register, high, low):
    return f"wdata{_wide(register)}{_slice(high, low, register.width)}"


def _strobes(register, field):
    first, last = field.low // 8, field.high // 8
    name = f"strobe{_wide(register)}"
    return f"{name}[{first}]" if first == last else f"{name}[{last}:{first}] != '0"


def _old(register, field, index, high, low):
    """Bits of what the field holds when software does not write them."""
    width = _stored_width(field)
    signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
    if low - field.low >= width:
        return f"{high - low + 1}'h0"
    top = min(high, field.low + width - 1)
    held = signal + _piece(field, top, low, width)
    if field.hw in ("wo", "rw"):
        member = _member("hw2reg_i", register, index, field.name)
        return f"({member}.de ? {member}.d{_piece(field, high, low)} : {held})"
    return held if top == high else f"{high - low + 1}'({held})"


def _by_bytes(field):
    """Whether each byte can be written without regard to the others; the legality of WARL fields depends on all bits."""
    return not field.legal or (field.legal.kind == "mask" and _stays_legal(field))


def _legal_write(register, field, index):
    """A WARL field: the condition under which a write of its register changes it, and the assignment."""
    signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
    pieces, width = _pieces(field), _stored_width(field)
    keeps = field.illegal is None and field.legal.kind != "mask"
    if len(pieces) == 1 and (keeps or _stays_legal(field)):
        wanted = _data(register, field.high, field.low)
    else:
        wanted = "{" + ", ".join(f"strobe{_wide(register)}[{byte}] ? {_data(register, high, low)} : "
                                 f"{_old(register, field, index, high, low)}"
                                 for byte, high, low in reversed(pieces)) + "}"
    legal = f"is_legal_{register.name}_{field.name}({wanted})"
    taken = wanted if width == field.width else f"{width}'({wanted})"
    if keeps:
        return f"{_strobes(register, field)} && {legal}", f"{signal} <= {taken};"
    # What the hardware, a parameter or an input at reset made illegal becomes legal with any write of the register.
    condition = _strobes(register, field) if _stays_legal(field) else None
    if field.legal.kind == "mask":
        return condition, f"{signal} <= {taken} & {_number(field.legal.mask, field.width)};"
    return condition, f"{signal} <= {legal} ? {taken} : {_number(field.illegal, width)};"


def _byte_write(register, field, index, piece):
    """One byte of a field: the condition under which a write of its register changes it, and the assignment."""
    byte, high, low = piece
    target = _signal(register, field) + (f"[{index}]" if index is not None else "") + _piece(field, high, low)
    value = _data(register, high, low)
    if field.access == "W1C":
        sets = _member("hw2reg_i", register, index, f"{field.name}.sets") + _piece(field, high, low)
        value = f"({target} & ~{value}) | {sets}"
    elif field.access == "W1S":
        clears = _member("hw2reg_i", register, index, f"{field.name}.clears") + _piece(field, high, low)
        value = f"({target} & ~{clears}) | {value}"
    elif field.legal:
        mask = (field.legal.mask.value >> (low - field.low)) & ((1 << (high - low + 1)) - 1)
        if mask != (1 << (high - low + 1)) - 1:
            value = f"{value} & {hex_bits(mask, high - low + 1)}"
    return f"strobe{_wide(register)}[{byte}]", f"{target} <= {value};"


def _writes(register, field, index):
    """What software's write of a register does to a field: (condition or None, assignment, highest and lowest bit)."""
    if not _by_bytes(field):
        return [(*_legal_write(register, field, index), field.high, field.low)]
    return [(*_byte_write(register, field, index, piece), *piece[1:]) for piece in _pieces(field)]


def _software_writes(block):
    """Fields that only software changes. Each byte has an enable of its own, and its data go straight into it."""
    out = []
    for register in block.registers:
        if has_index(register):
            continue
        for index in _elements(register):
            inside = []
            for field in register.fields:
                if field.stored and writable(field) and field.hw not in ("wo", "rw"):
                    lines = [f"if ({condition}) {assignment}" if condition else assignment
                             for condition, assignment, _, _ in _writes(register, field, index)]
                    inside += _given(field.when, lines, "")
            present = _presence(register, index, register.when, register.fixed)
            out += _if(_hit(register, index), _if(present, inside, ""), "        ")
    return ["      if (execute_write) begin", *out, "      end"] if out else []


def _shared_writes(block):
    """Fields that the hardware changes too."""
    out = []
    for register, field in _stored_fields(block):
        if field.hw not in ("wo", "rw"):
            continue
        for index in _elements(register):
            body = []
            if not writable(field):
                body.append(_hardware_write(register, field, index, field.high, field.low))
            else:
                for condition, assignment, high, low in _writes(register, field, index):
                    test = f"execute_write && {_hit(register, index)}" + (f" && {condition}" if condition else "")
                    body += [f"if ({test}) {assignment}",
                             f"else {_hardware_write(register, field, index, high, low)}"]
            out += _if(_presence(register, index, field.when or register.when), body, "      ")
    return out


def _hardware_write(register, field, index, high, low):
    target = _signal(register, field) + (f"[{index}]" if index is not None else "")
    member = _member("hw2reg_i", register, index, field.name)
    piece = _piece(field, high, low)
    if field.access == "W1C":
        return f"{target}{piece} <= {target}{piece} | {member}.sets{piece};"
    if field.access == "W1S":
        return f"{target}{piece} <= {target}{piece} & ~{member}.clears{piece};"
    return f"if ({member}.de) {target}{piece} <= {member}.d{piece};"


def _reset_value(register, field):
    value = "'0" if field.reset is None else _number(field.reset, _stored_width(field))
    for when in (field.when, register.when):
        if when and value != "'0":
            value = f"{when} != '0 ? {value} : '0"
    if not is_stored_array(register) or value == "'0":
        return value
    if register.elements and field.reset.value != 0:  # those that are not there read zero
        width = _stored_width(field)
        return "{" + ", ".join(f"{_presence(register, index)} ? {value} : {width}'h0"
                               for index in reversed(range(register.count))) + "}"
    return "{" + f"{register.count}{{{value}}}" + "}"


def _input_resets(block):
    out = []
    for register, field in _stored_fields(block):
        for index in _elements(register):
            if field.reset_input:
                signal = _signal(register, field) + (f"[{index}]" if index is not None else "")
                body = [f"{signal} <= {_member('hw2reg_i', register, index, field.name)}.reset;"]
                out += _given(field.when or register.when, body, "        ")
    return ["      if (!initialised_q) begin", *out, "      end"] if out else []


def _holds(block):
    """Fields that a parameter may leave without a write: read_slang takes such a register for one without a driver, and loses its reset value."""
    return [f"      {_signal(register, field)} <= {_signal(register, field)};" for register, field in _stored_fields(block)
            if field.when or register.when or register.elements or register.fixed]


def _storage_process(block):
    resets = [f"      {_signal(register, field)} <= {_reset_value(register, field)};"
              for register, field in _stored_fields(block)]
    if not resets:
        return []
    out = ["  always_ff @(posedge clk_i or negedge rst_ni) begin", "    if (!rst_ni) begin", *resets,
           "    end else begin", *_holds(block), *_shared_writes(block), *_input_resets(block), *_software_writes(block),
           "    end", "  end", ""]
    return out


def _delivery_process(block):
    def body(register, index):
        out = []
        for field in register.fields:
            if _delivered(register, field):
                old = f"hw2reg_i.{register.name}.{field.name}.d"
                value = _legalised(register, field, _merged(register, field, old), old)
                out.append(f"ext_value{_range(field)} |= {value};")
        return out

    if not any(body(register, None) for register in block.registers):
        return []
    return ["  always_comb begin", "    ext_value = '0;", *_arms(block, body), "  end", "",
            "  always_ff @(posedge clk_i) if (execute_write) ext_value_q <= ext_value;", ""]


def _access_outputs(register, index):
    """What the hardware sees of an access to this register."""
    out = []
    if has_qe(register):
        # With wait the strobe is held for the hardware; else it comes with the new values.
        strobe = "execute_write" if takes_bytes(register) else "written"
        out.append(f"{_member('reg2hw_o', register, index, 'qe')} = {strobe};")
    if has_re(register):
        out.append(f"{_member('reg2hw_o', register, index, 're')} = execute_read;")
    for field in register.fields:
        if takes_bytes(register):
            continue
        ones = field.access == "W1P" or (field.hwext and writable(field) and not _delivered(register, field))
        if ones:
            target = _member("reg2hw_o", register, index, f"{field.name}.q")
            line = f"if (written) {target} = {_ones(register, field)};"
            out += _given(field.when, [line if field.access == "W1P" else f"{target} = {_ones(register, field)};"], "")
    return out


def _standing_outputs(register, index):
    """What the hardware sees all the time."""
    out = []
    for field in register.fields:
        target = _member("reg2hw_o", register, index, f"{field.name}.q")
        if takes_bytes(register) and writable(field):
            out.append(f"{target} = {_data(register, field.high, field.low)};")
        elif _delivered(register, field):
            out += _given(field.when, [f"{target} = ext_value_q{_range(field)};"], "")
        elif field.stored and sends(field):
            out.append(f"{target} = {_current(register, field, index)};")
    if takes_bytes(register) and has_ext_write(register):
        out.append(f"{_member('reg2hw_o', register, index, 'byte_enable')} = strobe{_wide(register)};")
    if has_index(register) and to_hardware(register):
        out.append(f"reg2hw_o.{register.name}.index = {_index(register)};")
    return out


def _output_process(block):
    if not any(to_hardware(register) for register in block.registers):
        return []
    out = ["  always_comb begin", "    reg2hw_o = '0;"]
    for register in block.registers:
        for index in _elements(register):
            out += ["    " + line for line in _standing_outputs(register, index)]
    if any(_access_outputs(register, None) for register in block.registers):
        out += _arms(block, _access_outputs)
    return out + ["  end", ""]


def write(block):
    block = as_hardware(block)
    unmapped = "is answered with an error" if block.unmapped == "error" else "reads zero and ignores writes"
    out = header("//", block)
    out += [_HEADER.format(description=block.description, name=block.name, unmapped=unmapped), *_ports(block)]
    out.append(_FSM)
    if any(register.width == 64 for register in block.registers):
        out += ["  // A 64-bit register is two words; a write reaches the half that it addresses.",
                "  logic [63:0] wdata64, wmask64;", "  logic [7:0]  strobe64;", "  assign wdata64  = {2{wdata}};",
                "  assign wmask64  = word[0] ? {wmask, 32'h0} : {32'h0, wmask};",
                "  assign strobe64 = word[0] ? {strobe, 4'h0} : {4'h0, strobe};", ""]
    out += _declarations(block) + _hits(block) + _legal_functions(block) + _snapshot(block) + _wait_counter(block)
    out += _unused(block) + _read_process(block)
    out.append(_SEQUENCE.replace("@ERROR@", "!mapped || " if block.unmapped == "error" else ""))
    out += _storage_process(block) + _delivery_process(block) + _output_process(block)
    return "\n".join(out + ["endmodule"]) + "\n"
