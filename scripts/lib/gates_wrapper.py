"""A module with the header of a block's top that holds the block's netlist: in a netlist each port is one vector, elements of
arrays side by side, the first in the highest bits; testbenches want the ports that the RTL has."""

import re

PORT = re.compile(r"^\s*(input|output)\s+(?:.*[\s\]])?(\w+)\s*(?:\[([^\[\]]+)\])?\s*,?\s*$")


class NoHeader(Exception):
    """The module's header is not where, or as, it is expected; the text says what is wrong."""


def header_of(text, top):
    """From `module` to the end of the ports."""
    match = re.search(rf"^module {top}\b.*?^\);$", text, re.MULTILINE | re.DOTALL)
    if not match:
        raise NoHeader(f"there is no module {top} whose ports end in a line of their own")
    return match.group(0)


def ports_of(header, defines):
    """[(direction, name, elements or None)]; lines between `ifdef and `endif count if the word is defined."""
    names = {define.partition("=")[0] for define in defines}
    found, counts = [], True
    for line in header[header.rindex("\n) (" if "\n) (" in header else "("):].splitlines():
        if line.startswith("`ifdef"):
            counts = line.split()[1] in names
        elif line.startswith("`endif"):
            counts = True
        port = counts and PORT.match(line.partition("//")[0])
        if port:
            found.append(port.groups())
    if not found:
        raise NoHeader("the header has no port in a line of its own")
    return found


def wrapper(text, top, defines):
    """SystemVerilog. `text`: of the file with the block's top."""
    header = header_of(text, top)
    body, connections = [], []
    for direction, name, elements in ports_of(header, defines):
        connections.append(f".{name}({name}{'_bits' if elements else ''})")
        if not elements:
            continue
        place = f"{name}_bits[(({elements}) - 1 - g) * $bits({name}[0]) +: $bits({name}[0])]"
        left, right = (place, f"{name}[g]") if direction == "input" else (f"{name}[g]", place)
        body += [f"  logic [({elements}) * $bits({name}[0]) - 1:0] {name}_bits;",
                 f"  for (genvar g = 0; g < ({elements}); g++) begin : gen_{name}", f"    assign {left} = {right};", "  end"]
    return "\n".join([header, *body, f"  {top}_gates u_gates (" + ", ".join(connections) + ");", f"endmodule : {top}", ""])
