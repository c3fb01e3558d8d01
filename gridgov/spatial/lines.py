"""Lines of eight keys, worked on at once: written as plain loops, the same takes four times as long."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gridgov.spatial.searching import FAR, LABELS, LANES

LINE = ir.VectorType(ir.IntType(64), LANES)


def _relax(_: Any, into: Any, row: Any, lines: Any, by: Any, length: Any, fresh: Any, beyond: Any) -> Any:  # noqa: ARG001
    """Lower the line of a `row` of `into` to that of the row `by` of `lines` and a length; a `fresh` one is all FAR.

    Tell whether that made any key less that is less than `beyond`.
    """

    def generate(context: Any, builder: ir.IRBuilder, kinds: Any, given: list[ir.Value]) -> ir.Value:
        target = _place(context, builder, kinds.args[0], given[0], given[1])
        stands = builder.select(given[5], ir.Constant(LINE, [int(FAR)] * LANES), builder.load(target, align=8))
        through = builder.load(_place(context, builder, kinds.args[2], given[2], given[3]), align=8)
        through = builder.add(through, _filled(builder, given[4]))
        less = builder.icmp_signed("<", through, stands)
        builder.store(builder.select(less, through, stands), target, align=8)
        counts = builder.and_(less, builder.icmp_signed("<", through, _filled(builder, given[6])))
        return builder.icmp_unsigned("!=", builder.bitcast(counts, ir.IntType(LANES)), ir.IntType(LANES)(0))

    key = types.int64
    return types.boolean(into, key, lines, key, key, types.boolean, key), generate


def _lower(_: Any, lines: Any, row: Any, arcs: Any, begin: Any, end: Any, known: Any) -> Any:  # noqa: ARG001
    """Put the least that arcs from `begin` to `end` lead to into the line of a row; what it holds counts if `known`."""

    def generate(context: Any, builder: ir.IRBuilder, kinds: Any, given: list[ir.Value]) -> ir.Value:
        target = _place(context, builder, kinds.args[0], given[0], given[1])
        least: ir.Value = cgutils.alloca_once(builder, LINE)  # type: ignore[no-untyped-call]
        builder.store(ir.Constant(LINE, [int(FAR)] * LANES), least)
        with builder.if_then(given[5], likely=False):
            builder.store(builder.load(target, align=8), least)
        arc_at = context.make_array(kinds.args[2])(context, builder, given[2]).data
        with cgutils.for_range_slice(builder, given[3], given[4], ir.IntType(64)(1), inc=True) as (at, _):
            arc = builder.load(builder.gep(arc_at, [at]))
            other = builder.and_(arc, ir.IntType(64)(LABELS))
            through = builder.load(_place(context, builder, kinds.args[0], given[0], other), align=8)
            through = builder.add(through, _filled(builder, builder.sub(arc, other)))
            stands = builder.load(least)
            builder.store(builder.select(builder.icmp_signed("<", through, stands), through, stands), least)
        builder.store(builder.load(least), target, align=8)
        return context.get_dummy_value()

    return types.void(lines, types.int64, arcs, types.int64, types.int64, types.boolean), generate


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
lower: Any = intrinsic(_lower)
