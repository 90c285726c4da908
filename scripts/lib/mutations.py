"""Mutants of SystemVerilog: small changes of statements, all of one design in one copy of its sources.

Each statement that is changed becomes a choice between itself and its mutant, by a number that the simulation takes from the
environment variable TARN_MUTANT: so that many mutants cost one compilation. Assignments and conditions of `if` in clocked and combinational code are changed; declarations,
assertions, planted faults and whatever is decided at elaboration are not.
"""

import dataclasses
import random
import re

SELECTOR = "tarn_mutation_pkg::selected"
PACKAGE = """// The number of the mutant that this simulation is of; 0: none.
package tarn_mutation_pkg;
  import "DPI-C" function int unsigned tarn_mutant();
  /* verilator lint_off UNUSEDSIGNAL */  // a design none of whose files holds a mutant does not use it
  int unsigned selected = tarn_mutant();
  /* verilator lint_on UNUSEDSIGNAL */
endpackage
"""
# Token to its replacements.
OPERATORS = {"&&": "||", "||": "&&", "==": "!=", "!=": "==", "<": ">=", ">": "<="}
ASSIGNMENT = re.compile(r"^(\s*)(assign\s+)?([A-Za-z_][\w.\[\]:+\-*'() ]*?)(\s*)(<=|=)(\s+)(.+);(\s*(?://.*)?)$")
CONDITION = re.compile(r"^(.*?\bif )\((.*)$")
WIDTH = re.compile(r"\$(?:clog2|bits|size)\((?:[^()]|\([^()]*\))*\)|\((?:[^()]|\([^()]*\))*\)'(?=\()")
NOT_ASSIGNED = re.compile(r"\b(localparam|parameter|typedef|logic|int|genvar|return|import|for|automatic|bit|output|input|case)\b")
PLANTED = re.compile(r"`ifdef TARN_(?:PLANT|FAULT)|\bplant\w*\b")  # up to the next `else or `endif; or in this statement
ELABORATION = re.compile(r":\s*gen_|\bgenvar\b|`|\bif \((?:!?[A-Z]\w*)\)")


@dataclasses.dataclass
class Mutant:
    """One change: `number` selects it; `file`, `line` (1..) and `what` say where and which."""
    number: int
    file: str
    line: int
    what: str
    original: str
    mutated: str


def changes(expression, *, may_be_true):
    """[(what, mutated expression)] of one expression. What is decided at elaboration, as the width of a cast, is left alone."""
    found = _changes(expression, may_be_true)
    return [(what, mutated) for what, mutated in found
            if mutated in ("1'b0", "1'b1") or WIDTH.findall(mutated) == WIDTH.findall(expression)]


def _changes(expression, may_be_true):
    found = []
    for match in re.finditer(r"&&|\|\||==|!=|(?<=\s)[<>](?=\s)", expression):
        token = match.group(0)
        new = OPERATORS[token]
        found.append((f"{token} to {new}", expression[:match.start()] + new + expression[match.end():]))
    for match in re.finditer(r"(?<=\s)([+-])(?=\s)", expression):
        new = "-" if match.group(0) == "+" else "+"
        found.append((f"{match.group(0)} to {new}", expression[:match.start()] + new + expression[match.end():]))
    for match in re.finditer(r"1'b([01])\b", expression):
        new = f"1'b{1 - int(match.group(1))}"
        found.append((f"{match.group(0)} to {new}", expression[:match.start()] + new + expression[match.end():]))
    for match in re.finditer(r"!(?=[a-z(])", expression):
        found.append(("! left out", expression[:match.start()] + expression[match.end():]))
    if expression.strip() == "'0":
        found.append(("'0 to '1", "'1"))
    if may_be_true:
        found.append(("always", "1'b1"))
        found.append(("never", "1'b0"))
    return found


def closing(text):
    """The place of the parenthesis that closes one opened before the text, or None."""
    depth = 1
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place
    return None


def candidates(lines):
    """[(line number, prefix, expression, suffix, what, mutated)] of a file."""
    found = []
    inside = False  # clocked or combinational code
    planted = False
    depth = 0
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        if code.strip().startswith("`"):
            planted = bool(PLANTED.match(code.strip()))
        if re.match(r"\s*(always_ff|always_comb|initial|final)\b", code):
            inside, depth = True, 0
        if re.match(r"\s*(function|package|typedef|module)\b", code):
            inside = False
        depth += len(re.findall(r"\bbegin\b|\bcase\b", code)) - len(re.findall(r"\bend\b|\bendcase\b", code))
        if planted or PLANTED.search(code) or ELABORATION.search(code):
            continue
        assignment = ASSIGNMENT.match(line)
        if assignment and (inside or assignment.group(2)) and not NOT_ASSIGNED.search(code) and "'{" not in code and "if (" not in code:
            expression = assignment.group(7)
            prefix = line[:assignment.start(7)]
            found += [(number, prefix, expression, ";" + assignment.group(8), what, mutated) for what, mutated in changes(expression, may_be_true=False)]
        condition = CONDITION.match(line)
        if condition and inside and "else begin" not in code:
            end = closing(condition.group(2))
            if end is not None:
                expression, suffix = condition.group(2)[:end], condition.group(2)[end:]
                if "rst_ni" not in expression and "'{" not in expression:
                    found += [(number, condition.group(1) + "(", expression, suffix, what, mutated)
                              for what, mutated in changes(expression, may_be_true=True)]
        if inside and depth <= 0 and re.search(r"\bend\b", code):
            inside = False
    return found


def statement_of(line):
    """A line of source as the list of reasons names it: without comment and surplus spaces."""
    return " ".join(line.split("//")[0].split())


def sample(texts, count, seed, first=1, leave_out=(), reasons=()):
    """`count` mutants of the files in `texts` (name to text), at most one a line, numbered from `first`, and the instrumented texts.
    leave_out: {(file, line)} whose mutants do not compile. reasons: {(file, line, what)} that change nothing that matters."""
    everywhere = {}
    for name, text in texts.items():
        for number, prefix, expression, suffix, what, mutated in candidates(text.split("\n")):
            if (name, number) not in leave_out and (name, number, what) not in reasons:
                everywhere.setdefault((name, number), []).append((prefix, expression, suffix, what, mutated))
    generator = random.Random(seed)
    places = sorted(everywhere)
    generator.shuffle(places)
    mutants, instrumented = [], {name: text.split("\n") for name, text in texts.items()}
    for number, (name, line) in enumerate(sorted(places[:count]), first):
        prefix, expression, suffix, what, mutated = generator.choice(everywhere[name, line])
        instrumented[name][line - 1] = f"{prefix}({SELECTOR} == {number}) ? ({mutated}) : ({expression}){suffix}"
        mutants.append(Mutant(number, name, line, what, expression.strip(), mutated.strip()))
    return mutants, {name: "\n".join(lines) for name, lines in instrumented.items()}
