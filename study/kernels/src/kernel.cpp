// One cell whose gates see the state, on one instruction set. The build compiles this file once for each
// pair, so that the pairs compile side by side; SEQMEM_CELL, SEQMEM_TABLE and SEQMEM_ISA_NAME come
// from there.
#include "gru.hpp"
#include "layer_backward.hpp"
#include "layer_evaluation.hpp"
#include "lstm.hpp"
#include "optimizer.hpp"
#include "rnn.hpp"

namespace {

using C = SEQMEM_CELL;

std::size_t arena_floats(const Problem& p) { return TrainingArena<C>(p, nullptr).floats(); }

std::size_t evaluation_floats(const Problem& p) { return EvaluationArena<C>(p, nullptr).floats(); }

void store_outputs(const Problem& p, const float* memory, float* outputs) {
    const TrainingArena<C> arena(p, const_cast<float*>(memory));
    const float* hidden = arena.layer(p.depth - 1).hidden + arena.plan.step;
    for (long t = 0; t < p.length; ++t) {
        store_step(hidden + t * arena.plan.step, arena.plan.row, p.batch, p.units,
                   outputs + t * p.units, p.length * p.units);
    }
}

void load_output_gradient(const Problem& p, float* memory, const float* gradient) {
    const TrainingArena<C> arena(p, memory);
    for (long t = 0; t < p.length; ++t) {
        load_step(gradient + t * p.units, p.length * p.units, p.batch, p.units,
                  arena.output_gradient + t * arena.plan.step, arena.plan.row);
    }
}

}  // namespace

namespace seqmem {

extern const KernelTable SEQMEM_TABLE;
const KernelTable SEQMEM_TABLE = {
    SEQMEM_ISA_NAME,
    W,
    arena_floats,
    evaluation_floats,
    forward<C>,
    readout<C>,
    store_outputs,
    load_output_gradient,
    backward<C>,
    evaluate<EvaluationArena<C>>,
    continue_greedily<EvaluationArena<C>>,
    squared_norm,
    update,
};

}  // namespace seqmem
