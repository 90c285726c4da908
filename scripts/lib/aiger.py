"""A binary AIGER file (format 1.9): simulated cycle by cycle, and written anew so that a search begins in any state of it.

States, and the inputs of a cycle, are lists of 0 and 1 in the order of the file. A bad output is 1 in the cycle in which what it
stands for happens; a constraint is 1 in each cycle that is within the assumptions.
"""


class Aiger:
    """Latches start at 0 (`write_aiger -zinit`); plain outputs, justice and fairness are not wanted here."""

    def __init__(self, path):
        data = path.read_bytes()
        header, _, rest = data.partition(b"\n")
        counts = [int(word) for word in header.split()[1:]] + [0] * 4
        _, self.input_count, latch_count, outputs, and_count, bad_count, constraint_count = counts[:7]
        lines = rest.split(b"\n", latch_count + outputs + bad_count + constraint_count)
        literals = [int(line.split()[0]) for line in lines[:-1]]
        self.next = literals[:latch_count]
        self.bad = literals[latch_count + outputs:][:bad_count]
        self.constraints = literals[latch_count + outputs + bad_count:]
        self.first_and = 1 + self.input_count + latch_count
        self.ands = _read_ands(lines[-1], self.first_and, and_count)

    def cycle(self, state, inputs):
        """Returns (state of the next cycle, bad outputs, constraints) of this one."""
        value = [0, 1]  # of each literal
        for bit in [*inputs, *state]:
            value += (bit, 1 - bit)
        append = value.append
        for left, right in self.ands:
            bit = value[left] & value[right]
            append(bit)
            append(1 - bit)
        return [value[i] for i in self.next], [value[i] for i in self.bad], [value[i] for i in self.constraints]

    def write(self, path, start, bad_index):
        """Writes it with one bad output, and as one that starts in `start`: of latches that are 1 there it holds the contrary."""
        first_latch = 1 + self.input_count
        turned = {first_latch + index for index, bit in enumerate(start) if bit}

        def turn(literal):
            return literal ^ (literal >> 1 in turned)

        nexts = [turn(literal) ^ (first_latch + index in turned) for index, literal in enumerate(self.next)]
        last = self.first_and + len(self.ands) - 1
        header = f"aig {last} {self.input_count} {len(nexts)} 0 {len(self.ands)} 1 {len(self.constraints)}"
        text = [header, *nexts, turn(self.bad[bad_index]), *map(turn, self.constraints)]
        gates = bytearray()
        for index, (left, right) in enumerate(self.ands):
            left, right = sorted((turn(left), turn(right)), reverse=True)
            _append_number(gates, 2 * (self.first_and + index) - left)
            _append_number(gates, left - right)
        path.write_bytes("".join(f"{line}\n" for line in text).encode() + gates)


def _read_ands(data, first, count):
    """The two literals of each gate, from the differences that stand in the file (seven bits a byte, the lowest first)."""
    ands = []
    at = 0
    for index in range(count):
        literal = 2 * (first + index)
        pair = []
        for _ in range(2):
            shift = number = 0
            while data[at] & 0x80:
                number |= (data[at] & 0x7F) << shift
                shift += 7
                at += 1
            literal -= number | data[at] << shift
            at += 1
            pair.append(literal)
        ands.append(tuple(pair))
    return ands


def _append_number(gates, number):
    while number >= 0x80:
        gates.append(number & 0x7F | 0x80)
        number >>= 7
    gates.append(number)
