// Where everything lies in the arena. Hidden units are padded to blocks of W; an activation is
// stored as [time][block][batch][W], so that a row of a register tile walks contiguous memory.
#pragma once

#include "cursor.hpp"
#include "kernel_table.hpp"
#include "vector.hpp"

namespace {

using namespace seqmem;

// What is to stay in the first-level cache while rows pass by: floats of packed weights in a product,
// and rows of (time, batch) in the product for a weight gradient. The larger tiles of 32 registers
// read each operand less often, so that the second level serves them and longer products cost less.
constexpr long cached_floats = vector_registers < 32 ? 4096 : 1L << 20;
template <class C>
constexpr long cached_rows = vector_registers < 32 ? cached_floats / (C::slots * W) : 384;

template <class C>
struct LayerPlan {
    // packed for the forward pass: [block][input][gate][W]
    float* hidden_weights;
    float* input_weights;
    float* table;        // layer 0: [token][block][gate][W], biases included
    float* bias;         // upper layers: [block][gate][W]
    float* hidden_bias;  // bias of the recurrent product alone (GRU): [block][W]
    // packed for the backward pass: groups of up to 4 blocks, [gate unit][block][W]
    float* hidden_weights_back;
    float* input_weights_back;
    float* hidden;  // [length + 1][block][batch][W], index 0 is the initial state
    float* memory;  // the same, LSTM only
    float* gates;   // [length][block][batch][slot][W]; the backward pass overwrites it. One block's
                    // of one step where nothing is kept for a backward pass
    float* hidden_weights_gradient;
    float* input_weights_gradient;
    float* table_gradient;
    float* bias_gradient;  // [block][slot][W]
};

template <class C>
struct Plan {
    Problem problem;
    long blocks;  // of W units
    long padded;  // blocks * W
    long row;     // floats of one block of one time step: batch * W
    long step;    // floats of one time step: padded * batch

    explicit Plan(const Problem& p)
        : problem(p),
          blocks(blocks_of(p.units)),
          padded(blocks * W),
          row(p.batch * W),
          step(padded * p.batch) {}

    long gate_step() const { return step * C::slots; }

    LayerPlan<C> layer(Cursor& at, bool dense, long steps, bool training) const {
        const long gate_units = padded * C::gates;
        const long square = problem.units * gate_units;
        LayerPlan<C> l{};
        l.hidden_weights = at.take(square);
        l.input_weights = at.take(dense ? square : 0);
        l.table = at.take(dense ? 0 : problem.alphabet * gate_units);
        l.bias = at.take(gate_units);
        l.hidden_bias = at.take(padded);
        l.hidden = at.take((steps + 1) * step);
        l.memory = at.take(C::has_memory ? (training ? steps + 1 : 1) * step : 0);
        l.gates = at.take(training ? steps * gate_step() : row * C::slots);
        if (!training) return l;
        l.hidden_weights_back = at.take(padded * gate_units);
        l.input_weights_back = at.take(dense ? padded * gate_units : 0);
        l.hidden_weights_gradient = at.take(square);
        l.input_weights_gradient = at.take(dense ? square : 0);
        l.table_gradient = at.take(dense ? 0 : problem.alphabet * gate_units);
        l.bias_gradient = at.take(padded * C::slots);
        return l;
    }
};

struct ReadoutPlan {
    float* weight;           // [class][block][W]
    float* bias;             // [class]
    float* weight_gradient;  // [class][block][W]
    float* bias_gradient;    // [class][W], one partial sum per lane
    float* logits;           // [group][class][W rows]
    float* rows;             // [group][block][W rows][W]
    float* row_gradient;     // [block][W rows][W]
};

constexpr int groups_together = 4;  // of W rows, whose softmax is evaluated in lock-step

inline ReadoutPlan readout_plan(Cursor& at, long alphabet, long padded) {
    ReadoutPlan r{};
    r.weight = at.take(alphabet * padded);
    r.bias = at.take(alphabet);
    r.weight_gradient = at.take(alphabet * padded);
    r.bias_gradient = at.take(alphabet * W);
    r.logits = at.take(groups_together * alphabet * W);
    r.rows = at.take(groups_together * padded * W);
    r.row_gradient = at.take(padded * W);
    return r;
}

// Scratch shared by all layers of a training step. One layer's input gradient overwrites its
// output gradient: each time step's is consumed before it is replaced.
template <class C>
struct TrainingArena {
    Plan<C> plan;
    ReadoutPlan readout;
    float* output_gradient;  // [length][block][batch][W]
    float* carried_hidden;   // gradient flowing back in time, [block][batch][W]
    float* carried_memory;
    float* base;
    std::size_t layers_at;

    TrainingArena(const Problem& p, float* memory) : plan(p), base(memory) {
        Cursor at{memory};
        readout = readout_plan(at, p.alphabet, plan.padded);
        output_gradient = at.take(p.length * plan.step);
        carried_hidden = at.take(plan.step);
        carried_memory = at.take(plan.step);
        layers_at = at.used;
    }

    LayerPlan<C> layer(long index) const {
        Cursor at{base, layers_at};
        LayerPlan<C> l{};
        for (long i = 0; i <= index; ++i) l = plan.layer(at, i > 0, plan.problem.length, true);
        return l;
    }

    std::size_t floats() const {
        Cursor at{nullptr, layers_at};
        for (long i = 0; i < plan.problem.depth; ++i) {
            plan.layer(at, i > 0, plan.problem.length, true);
        }
        return at.used;
    }
};

// An evaluation keeps no gates and works through the sequence a few steps at a time.
template <class C>
struct EvaluationArena {
    Plan<C> plan;
    ReadoutPlan readout;
    long steps;
    float* base;
    std::size_t layers_at;

    EvaluationArena(const Problem& p, float* memory)
        : plan(p), steps(smaller(p.length, 1 + 255 / p.batch)), base(memory) {
        Cursor at{memory};
        readout = readout_plan(at, p.alphabet, plan.padded);
        layers_at = at.used;
    }

    const Problem& problem() const { return plan.problem; }
    const Problem& layout() const { return plan.problem; }

    LayerPlan<C> layer(long index) const {
        Cursor at{base, layers_at};
        LayerPlan<C> l{};
        for (long i = 0; i <= index; ++i) l = plan.layer(at, i > 0, steps, false);
        return l;
    }

    std::size_t floats() const {
        Cursor at{nullptr, layers_at};
        for (long i = 0; i < plan.problem.depth; ++i) plan.layer(at, i > 0, steps, false);
        return at.used;
    }
};

}  // namespace
