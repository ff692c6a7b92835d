// Where everything lies for cells whose gates do not see the state. All time steps of a block of units
// lie together, [block][row][W] with row = (time + 1) * batch + place in the batch; the first `batch`
// rows are the initial state. So a product sees the whole sequence as one large batch.
#pragma once

#include "plan.hpp"

namespace {

template <class C>
struct AffineLayer {
    float* table;          // layer 0: [block][token][slot][W], the gates that a token has
    float* input_weights;  // upper layers, packed for the forward pass: [block][input][gate][W]
    float* bias;           // upper layers: [block][gate][W]
    float* hidden;         // [block][row][W]
    float* gates;          // upper layers: [block][row][slot][W]; the backward pass overwrites it. One
                           // block where nothing is kept for a backward pass
    float* sums;           // layer 0: [block][token][2][W], over the rows that have the token
    float* input_weights_back;
    float* input_weights_gradient;
    float* bias_gradient;  // upper layers: [block][gate][W]
};

template <class C>
struct AffineArena {
    long steps;     // time steps at once: all of them, or a few in an evaluation
    bool training;  // whether gates are kept
    Plan<C> plan;   // of one time step whose batch is all rows
    ReadoutPlan readout;
    float* output_gradient;  // [block][row][W], those of the initial state included
    float* base;
    std::size_t layers_at;

    AffineArena(const Problem& p, float* memory, bool keep)
        : steps(keep ? p.length : smaller(p.length, 1 + 255 / p.batch)),
          training(keep),
          plan({p.cell, p.alphabet, p.units, p.depth, (steps + 1) * p.batch, 1, p.candidate}),
          base(memory),
          problem_(p) {
        Cursor at{memory};
        readout = readout_plan(at, p.alphabet, plan.padded);
        output_gradient = at.take(keep ? plan.step : 0);
        layers_at = at.used;
    }

    const Problem& problem() const { return problem_; }
    const Problem& layout() const { return plan.problem; }

    AffineLayer<C> layer(long index) const {
        Cursor at{base, layers_at};
        AffineLayer<C> l{};
        for (long i = 0; i <= index; ++i) l = take_layer(at, i > 0);
        return l;
    }

    std::size_t floats() const {
        Cursor at{nullptr, layers_at};
        for (long i = 0; i < problem_.depth; ++i) take_layer(at, i > 0);
        return at.used;
    }

private:
    AffineLayer<C> take_layer(Cursor& at, bool dense) const {
        const long gate_units = plan.padded * C::gates;
        const long square = problem_.units * gate_units;
        const long tokens = problem_.alphabet * plan.padded;
        AffineLayer<C> l{};
        l.table = at.take(dense ? 0 : tokens * C::slots);
        l.input_weights = at.take(dense ? square : 0);
        l.bias = at.take(dense ? gate_units : 0);
        l.hidden = at.take(plan.step);
        l.gates = at.take(dense ? (training ? plan.step : plan.row) * C::slots : 0);
        if (!training) return l;
        l.sums = at.take(dense ? 0 : 2 * tokens);
        l.input_weights_back = at.take(dense ? padded_square() : 0);
        l.input_weights_gradient = at.take(dense ? square : 0);
        l.bias_gradient = at.take(dense ? gate_units : 0);
        return l;
    }

    long padded_square() const { return plan.padded * plan.padded * C::gates; }

    Problem problem_;
};

}  // namespace
