"""Lines of eight keys, worked on at once: written as plain loops, the same takes four times as long."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gridgov.spatial.searching import FAR, LANES

LINE = ir.VectorType(ir.IntType(64), LANES)


def _relax(_: Any, into: Any, row: Any, lines: Any, by: Any, length: Any, fresh: Any) -> Any:  # noqa: ARG001
    """Lower the line of a `row` of `into` to that of the row `by` of `lines` and a length; a `fresh` one is all FAR."""

    def generate(context: Any, builder: ir.IRBuilder, kinds: Any, given: list[ir.Value]) -> ir.Value:
        target = _place(context, builder, kinds.args[0], given[0], given[1])
        stands = builder.select(given[5], ir.Constant(LINE, [int(FAR)] * LANES), builder.load(target, align=8))
        through = builder.load(_place(context, builder, kinds.args[2], given[2], given[3]), align=8)
        through = builder.add(through, _filled(builder, given[4]))
        least = builder.select(builder.icmp_signed("<", through, stands), through, stands)
        builder.store(least, target, align=8)
        return context.get_dummy_value()

    return types.void(into, types.int64, lines, types.int64, types.int64, types.boolean), generate


def _counts(_: Any, lines: Any, row: Any, beyond: Any) -> Any:  # noqa: ARG001
    """Tell whether the line of a row holds any key less than `beyond`."""

    def generate(context: Any, builder: ir.IRBuilder, kinds: Any, given: list[ir.Value]) -> ir.Value:
        line = builder.load(_place(context, builder, kinds.args[0], given[0], given[1]), align=8)
        less = builder.icmp_signed("<", line, _filled(builder, given[2]))
        return builder.icmp_unsigned("!=", builder.bitcast(less, ir.IntType(LANES)), ir.IntType(LANES)(0))

    return types.boolean(lines, types.int64, types.int64), generate


def _filled(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """Make a line that holds one number eight times."""
    line = ir.Constant(LINE, ir.Undefined)
    for lane in range(LANES):
        line = builder.insert_element(line, number, ir.IntType(32)(lane))
    return line


def _place(context: Any, builder: ir.IRBuilder, kind: types.Array, lines: ir.Value, row: ir.Value) -> ir.Value:
    """Find where a row's line begins."""
    data = context.make_array(kind)(context, builder, lines).data
    return builder.bitcast(builder.gep(data, [builder.mul(row, ir.IntType(64)(LANES))]), LINE.as_pointer())


relax: Any = intrinsic(_relax)
counts: Any = intrinsic(_counts)
