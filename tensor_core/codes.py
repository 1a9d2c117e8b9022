"""The catalogue of diagnostic codes. A code never changes its meaning and is never reused.

Ranges: 01xx reading text, 02xx types, 03xx JSON and parameter files, 04xx conversion, 05xx verification,
06xx execution, 07xx command line and files, 08xx porting of Python, 09xx Python run as if on TVM.
"""

from __future__ import annotations

from tensor_core.diagnostics import Code

_CATALOGUE: dict[str, Code] = {}


def _code(identifier: str, title: str, explanation: str) -> Code:
    if identifier in _CATALOGUE:
        raise ValueError(f"diagnostic code {identifier} is defined twice")
    _CATALOGUE[identifier] = code = Code(identifier, title, explanation)
    return code


def catalogue() -> tuple[Code, ...]:
    """Every code in ascending order of its identifier."""
    return tuple(_CATALOGUE[key] for key in sorted(_CATALOGUE))


SYNTAX = _code("R2R0101", "syntax error", "The text does not follow the grammar at the marked place.")
UNEXPECTED_END = _code(
    "R2R0102", "unexpected end of text", "The text ends inside a construct; it was probably cut off."
)
UNDEFINED_NAME = _code(
    "R2R0103", "undefined name", "A variable, function, type or constructor is used but never defined."
)
UNKNOWN_OP = _code(
    "R2R0104",
    "unknown operator",
    "No op card knows this operator name. With a recorded type (a `ty=` comment or a checked type in JSON) it is kept"
    " as an opaque op and reported; without one nothing can be said about its result.",
)
BAD_ATTRIBUTE = _code(
    "R2R0105", "bad attribute", "An attribute is unknown to the operator, missing, or of the wrong kind."
)
BAD_HEADER = _code("R2R0106", "bad header", 'The text must start with #[version = "0.0.5"].')
BAD_METADATA = _code("R2R0107", "bad metadata", "A meta[...] reference or the metadata section cannot be read.")
BAD_LITERAL = _code("R2R0108", "bad literal", "A number or string literal cannot be read.")
DUPLICATE_NAME = _code(
    "R2R0109", "duplicate name", "The same name is defined twice where only one definition is allowed."
)
NOT_TEXT = _code("R2R0110", "not a module", "The bytes are not a Relay text, a JSON module or a Relax script.")
LIMIT = _code("R2R0111", "input too large", "The input exceeds a limit that guards against hostile files.")
UNSUPPORTED_SYNTAX = _code(
    "R2R0112", "unsupported construct", "The construct is valid but this reader does not take it yet."
)
MIXED_RELEASES = _code(
    "R2R0113", "text of two releases", "A Relax text uses syntax of TVM releases that do not read each other's."
)
AMBIGUOUS_RELEASE = _code(
    "R2R0114",
    "meaning depends on the release",
    "A Relax text does not say which TVM release it was written for, and an operator in it means something else in"
    " another release.",
)

ARITY = _code("R2R0201", "wrong number of arguments", "The operator or function takes another number of arguments.")
TYPE_MISMATCH = _code(
    "R2R0202", "type mismatch", "An argument's type does not fit the operator's or function's type rule."
)
UNRESOLVED_TYPE = _code("R2R0203", "type cannot be inferred", "Nothing in the program determines this type.")
BAD_PARAMETER = _code(
    "R2R0204", "attribute out of its domain", "The attribute's value is not legal for these argument types."
)
ILL_FORMED = _code(
    "R2R0205", "ill-formed program", "The program breaks a structural rule of its IR (scoping, purity, normal form)."
)
CONFLICTING_DEVICES = _code(
    "R2R0206",
    "two devices for one value",
    "The marks of devices in the program say that a value is on two devices at once, and none of them allows a copy.",
)

BAD_JSON = _code(
    "R2R0301", "bad JSON module", "The JSON is not a module written by tvm.ir.save_json, or it is damaged."
)
BAD_PARAMS = _code(
    "R2R0302", "bad parameter file", "The file is not one written by relay.save_param_dict, or it is damaged."
)
PARAM_MISMATCH = _code(
    "R2R0303", "parameters do not fit", "A named parameter is missing, unknown, or of another type than declared."
)
UNKNOWN_NODE = _code(
    "R2R0304", "unknown node kind", "The JSON module holds a node kind that this reader does not know."
)

BAD_RELEASE = _code(
    "R2R0305", "release not readable", "The TVM release that the input names, or that was given for it, cannot be read."
)
NOT_UPGRADED = _code(
    "R2R0306",
    "older program not upgraded",
    "The program was written for an older TVM release in which this operator was another one, and what it means in the"
    " current form is not certain. Load it in that release and save it in the current form, or change it there.",
)

REFUSED_OP = _code(
    "R2R0401", "operator not converted", "The operator has neither a Relax spelling, an expansion nor a lowering."
)
OPAQUE_OP = _code(
    "R2R0402",
    "opaque operator kept",
    "An unknown operator with a recorded type is converted to a stub that fails when it is run.",
)
REFUSED_CONSTRUCT = _code("R2R0403", "construct not converted", "The language construct is not converted yet.")
REVERT_UNSUPPORTED = _code(
    "R2R0404",
    "not said in Relay",
    "Relay has no way to say this: a function of the runtime, a tensor program that is no operator, a type.",
)
BAD_TARGET = _code("R2R0405", "unknown target release", "No profile exists for this TVM release.")
TEXT_CONSTANT = _code(
    "R2R0406",
    "constant not written as text",
    "Relax text that every release can read has no form for this constant array: it is too large, or of a shape that a"
    " nested list cannot say. It belongs among the function's parameters.",
)
UNPRINTABLE = _code("R2R0407", "no spelling in the target release", "The target release cannot say this in Relax text.")
ATTRIBUTE_LEFT_OUT = _code(
    "R2R0408",
    "attribute left out",
    "An attribute of a module or function holds an object that Relax has no word for: it is not in the result.",
)
BORDER = _code(
    "R2R0411",
    "does not cross between Relay and Relax",
    "A function of a mixed module was given a signature, or a value, that the functions of the other side do not take:"
    " they call it by the types of the Relay function that it stands for.",
)

DIFFERENT = _code("R2R0501", "sides differ", "Both sides computed different values for the same inputs.")
INCONCLUSIVE = _code("R2R0502", "comparison inconclusive", "The error bound is too wide, or nothing was compared.")
BAD_INPUTS = _code("R2R0503", "inputs do not fit", "The given input arrays do not fit the function's parameters.")

NO_ORACLE = _code(
    "R2R0510",
    "no such oracle",
    "The other interpreter that was to be asked does not start, or what it was to be asked for does not import there.",
)
NO_ANSWER = _code(
    "R2R0511", "oracle gives no answer", "The other interpreter raised an error, ended, or did not answer in time."
)
BAD_CORPUS = _code("R2R0512", "bad corpus", "The file is no collection of recorded cases, or it is damaged.")
NO_REFERENCE = _code("R2R0601", "operator cannot be executed", "The op card has no reference and no lowering.")
EXECUTION_FAILED = _code("R2R0602", "execution failed", "A run-time check of the executed program failed.")
NO_SUCH_FUNCTION = _code("R2R0603", "no such function", "The module has no function of this name.")
MALFORMED_KERNEL = _code(
    "R2R0604", "malformed tensor program", "A tensor-level program failed verification before code generation."
)
NOT_LOWERED = _code(
    "R2R0605",
    "construct not compiled",
    "The executable form does not hold this construct yet; the IR's interpreter runs it.",
)
NO_GRADIENT = _code(
    "R2R0608", "no gradient", "The operator has no gradient, or the construct cannot be differentiated in this mode."
)

NOT_EXECUTABLE = _code(
    "R2R0609",
    "tensor program not executable",
    "The tensor program can be read and printed, but something in it has no executable form here: calls of functions"
    " for their effect, pointers, vectors, strides, results that are not the last arrays.",
)

UNSAFE_CACHE = _code(
    "R2R0610",
    "cache of machine code refused",
    "The folder that is to keep machine code is not the user's own, others may write to it, or it cannot be made.",
)
MEMORY_LIMIT = _code(
    "R2R0611", "memory limit reached", "A program needs more memory for its values than it was allowed to take."
)
NO_COMPILER = _code(
    "R2R0606", "no compiler", "A program was to be compiled, but nothing that compiles programs was chosen."
)
NO_SUCH_DEVICE = _code(
    "R2R0607", "no such device", "Programs run on the CPU; another kind of target or device was asked for."
)

FILE_MISSING = _code("R2R0701", "file not found", "The file does not exist or cannot be read.")
FILE_EXISTS = _code("R2R0702", "file exists", "The output file exists; nothing was written.")
BAD_OPTION = _code("R2R0703", "bad option", "The option's value is not understood.")
NOT_WRITTEN = _code("R2R0704", "output not written", "The output file cannot be written.")
BAD_CONFIG = _code(
    "R2R0705",
    "bad configuration",
    "relay2relax.toml, or the table tool.relay2relax of pyproject.toml, has a key that is not known, or a value that"
    " the key does not take.",
)

BAD_PYTHON = _code("R2R0801", "Python source not readable", "The file is not valid Python for this tool's parser.")
NOT_PORTED = _code(
    "R2R0802",
    "Python left as it is",
    "A rule recognised the place and cannot rewrite it without guessing. The message says what is missing.",
)

BAD_NOTEBOOK = _code("R2R0810", "notebook not readable", "The file is not a Jupyter notebook that this tool can read.")
PORT_FAILED = _code(
    "R2R0811",
    "file not ported",
    "Porting this file failed in a way that is the tool's fault: an error inside of a rule, or a process that ended."
    " The file is as it was, and so is every other file's port.",
)
DIRTY_TREE = _code(
    "R2R0812",
    "uncommitted changes",
    "Files that would be rewritten hold changes that git has not recorded. Without a commit there is no way back, and"
    " what the tool changed cannot be told from what you did.",
)
BAD_LOCK = _code(
    "R2R0813",
    "lock file not readable",
    "relay2relax.lock is not what this tool wrote: it is damaged, holds marks of a merge, or is of a newer version.",
)

NOT_COVERED = _code(
    "R2R0901",
    "name not covered by the alias",
    "Python that runs under `relay2relax as-tvm` uses a name of TVM that this implementation does not offer.",
)
UNKNOWN_NAME = _code(
    "R2R0803",
    "Name of TVM that no rule knows",
    "The target release has no such name, and no rule says what takes its place.",
)
