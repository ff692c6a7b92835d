// Compiled once per instruction set; SEQMEM_TABLE and SEQMEM_ISA_NAME come from the build.
#include "evaluation.hpp"
#include "gru.hpp"
#include "layer_backward.hpp"
#include "layer_forward.hpp"
#include "lstm.hpp"
#include "optimizer.hpp"
#include "readout.hpp"
#include "rnn.hpp"

namespace {

// Calls body.template operator()<C>() with the problem's cell.
template <class Body>
auto with_cell(const Problem& p, Body&& body) {
    switch (p.cell) {
        case Cell::gru:
            return body.template operator()<Gru>();
        case Cell::rnn:
            return body.template operator()<Rnn>();
        default:
            return body.template operator()<Lstm>();
    }
}

std::size_t arena_floats(const Problem& p) {
    return with_cell(p, [&]<class C>() { return TrainingArena<C>(p, nullptr).floats(); });
}

std::size_t evaluation_floats(const Problem& p) {
    return with_cell(p, [&]<class C>() { return EvaluationArena<C>(p, nullptr).floats(); });
}

void run_forward(const Problem& p, const float* const* parameters, float* arena,
                 const std::int32_t* tokens, ConstState initial, State final) {
    with_cell(p, [&]<class C>() { forward<C>(p, parameters, arena, tokens, initial, final); });
}

double run_readout(const Problem& p, const Readout& parameters, float* arena,
                   const std::int32_t* targets, const Loss& loss, const ReadoutGradient& gradient) {
    return with_cell(p, [&]<class C>() {
        return readout<C>(p, parameters, arena, targets, loss, gradient);
    });
}

void store_outputs(const Problem& p, const float* memory, float* outputs) {
    with_cell(p, [&]<class C>() {
        const TrainingArena<C> arena(p, const_cast<float*>(memory));
        const float* hidden = arena.layer(p.depth - 1).hidden + arena.plan.step;
        for (long t = 0; t < p.length; ++t) {
            store_step(hidden + t * arena.plan.step, p.batch, p.units, outputs + t * p.units,
                       p.length * p.units);
        }
    });
}

void load_output_gradient(const Problem& p, float* memory, const float* gradient) {
    with_cell(p, [&]<class C>() {
        const TrainingArena<C> arena(p, memory);
        for (long t = 0; t < p.length; ++t) {
            load_step(gradient + t * p.units, p.length * p.units, p.batch, p.units,
                      arena.output_gradient + t * arena.plan.step);
        }
    });
}

void run_backward(const Problem& p, const float* const* parameters, float* arena,
                  const std::int32_t* tokens, long first_position, ConstState final_gradient,
                  float* const* gradients, State initial_gradient) {
    with_cell(p, [&]<class C>() {
        backward<C>(p, parameters, arena, tokens, first_position, final_gradient, gradients,
                    initial_gradient);
    });
}

void run_evaluate(const Problem& p, const float* const* parameters, const Readout& readout,
                  float* arena, const std::int32_t* tokens, const std::int32_t* targets,
                  ConstState initial, const Predictions& out, State final) {
    with_cell(p, [&]<class C>() {
        evaluate<C>(p, parameters, readout, arena, tokens, targets, initial, out, final);
    });
}

void run_continue_greedily(const Problem& p, const float* const* parameters,
                           const Readout& readout, float* arena, std::int32_t* tokens,
                           long horizon, std::int64_t* predicted) {
    with_cell(p, [&]<class C>() {
        continue_greedily<C>(p, parameters, readout, arena, tokens, horizon, predicted);
    });
}

}  // namespace

namespace seqmem {

extern const KernelTable SEQMEM_TABLE;
const KernelTable SEQMEM_TABLE = {
    SEQMEM_ISA_NAME, W,           arena_floats,         evaluation_floats,
    run_forward,     run_readout, store_outputs,        load_output_gradient,
    run_backward,    run_evaluate, run_continue_greedily, squared_norm, update,
};

}  // namespace seqmem
