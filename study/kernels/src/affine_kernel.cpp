// One cell whose gates do not see the state, on one instruction set; see kernel.cpp.
#include "affine_backward.hpp"
#include "affine_evaluation.hpp"
#include "mingru.hpp"
#include "minlstm.hpp"
#include "optimizer.hpp"

namespace {

using C = SEQMEM_CELL;

std::size_t arena_floats(const Problem& p) { return AffineArena<C>(p, nullptr, true).floats(); }

std::size_t evaluation_floats(const Problem& p) { return AffineEvaluation<C>(p, nullptr).floats(); }

void store_outputs(const Problem& p, const float* memory, float* outputs) {
    const AffineArena<C> arena(p, const_cast<float*>(memory), true);
    const float* hidden = arena.layer(p.depth - 1).hidden;
    for (long t = 0; t < p.length; ++t) {
        store_step(hidden + (t + 1) * p.batch * W, arena.plan.row, p.batch, p.units,
                   outputs + t * p.units, p.length * p.units);
    }
}

void load_output_gradient(const Problem& p, float* memory, const float* gradient) {
    const AffineArena<C> arena(p, memory, true);
    for (long t = 0; t < p.length; ++t) {
        load_step(gradient + t * p.units, p.length * p.units, p.batch, p.units,
                  arena.output_gradient + (t + 1) * p.batch * W, arena.plan.row);
    }
}

double affine_readout(const Problem& p, const Readout& parameters, float* memory,
                      const std::int32_t* targets, const Loss& loss,
                      const ReadoutGradient& gradient) {
    const AffineArena<C> arena(p, memory, true);
    const long first = p.batch * W;  // after the initial state
    return readout_of_rows(arena.layout(), parameters, arena.readout, targets, loss,
                           loss.first_position * p.batch, p.length * p.batch,
                           arena.layer(p.depth - 1).hidden + first, arena.output_gradient + first,
                           gradient);
}

}  // namespace

namespace seqmem {

extern const KernelTable SEQMEM_TABLE;
const KernelTable SEQMEM_TABLE = {
    SEQMEM_ISA_NAME,
    W,
    arena_floats,
    evaluation_floats,
    affine_forward<C>,
    affine_readout,
    store_outputs,
    load_output_gradient,
    affine_backward<C>,
    evaluate<AffineEvaluation<C>>,
    continue_greedily<AffineEvaluation<C>>,
    squared_norm,
    update,
};

}  // namespace seqmem
