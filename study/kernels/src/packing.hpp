// Weights into the order in which register tiles read them, and gradients back to torch's order.
#pragma once

#include "plan.hpp"
#include "tile.hpp"

namespace {

inline void fill_zero(float* p, long count) {
    __builtin_memset(p, 0, static_cast<std::size_t>(count) * sizeof(float));
}

// Calls body(block, gate, lane, row of the torch weight matrix) for every real unit.
template <class C, class Body>
SEQMEM_INLINE void for_each_gate_unit(long units, const int (&order)[C::gates], Body&& body) {
    for (long unit = 0; unit < units; ++unit) {
        for (int g = 0; g < C::gates; ++g) {
            body(unit / W, g, unit % W, order[g] * units + unit);
        }
    }
}

// (gates * units, inputs) -> [block][input][gate][W]
template <class C>
void pack_forward(const float* weights, long units, long inputs, float* packed) {
    constexpr long stride = C::gates * W;
    fill_zero(packed, blocks_of(units) * inputs * stride);
    for_each_gate_unit<C>(units, C::forward_order, [&](long block, int g, long lane, long row) {
        float* to = packed + block * inputs * stride + g * W + lane;
        const float* from = weights + row * inputs;
        for (long k = 0; k < inputs; ++k) to[k * stride] = from[k];
    });
}

// [block][input][gate][W] -> (gates * units, inputs)
template <class C>
void unpack_gradient(const float* packed, long units, long inputs, const int (&order)[C::gates],
                     float* gradient) {
    constexpr long stride = C::gates * W;
    for_each_gate_unit<C>(units, order, [&](long block, int g, long lane, long row) {
        const float* from = packed + block * inputs * stride + g * W + lane;
        float* to = gradient + row * inputs;
        for (long k = 0; k < inputs; ++k) to[k] = from[k * stride];
    });
}

constexpr int max_group = 4;  // blocks of units per tile in the backward products

// (gates * units, units) -> groups of blocks, each [gate unit, padded][block][W]
template <class C>
void pack_backward(const float* weights, long units, const int (&order)[C::gates], float* packed) {
    const long blocks = blocks_of(units);
    const long gate_units = blocks * W * C::gates;
    fill_zero(packed, gate_units * blocks * W);
    for_each_tile<max_group>(blocks, [&]<int V>(long first) {
        float* group = packed + first * W * gate_units;
        const long columns = smaller(V * W, units - first * W);
        for_each_gate_unit<C>(units, order, [&](long block, int g, long lane, long row) {
            float* to = group + ((block * C::gates + g) * W + lane) * V * W;
            const float* from = weights + row * units + first * W;
            for (long k = 0; k < columns; ++k) to[k] = from[k];
        });
    });
}

// The table of layer 0: the token's input weights plus the biases that always go with them.
template <class C>
void pack_table(const Problem& p, const float* const* parameters, float* table) {
    const long padded = blocks_of(p.units) * W;
    fill_zero(table, p.alphabet * padded * C::gates);
    for_each_gate_unit<C>(p.units, C::forward_order, [&](long block, int g, long lane, long row) {
        const bool apart = C::separate_hidden_bias && g == C::gates - 1;
        const float bias = parameters[bias_ih][row] + (apart ? 0.0f : parameters[bias_hh][row]);
        float* to = table + (block * C::gates + g) * W + lane;
        const float* from = parameters[weight_ih] + row * p.alphabet;
        for (long token = 0; token < p.alphabet; ++token) {
            to[token * padded * C::gates] = from[token] + bias;
        }
    });
}

template <class C>
void pack_bias(const Problem& p, const float* const* parameters, const LayerPlan<C>& l) {
    const long padded = blocks_of(p.units) * W;
    fill_zero(l.bias, padded * C::gates);
    fill_zero(l.hidden_bias, padded);
    for_each_gate_unit<C>(p.units, C::forward_order, [&](long block, int g, long lane, long row) {
        const bool apart = C::separate_hidden_bias && g == C::gates - 1;
        l.bias[(block * C::gates + g) * W + lane] =
            parameters[bias_ih][row] + (apart ? 0.0f : parameters[bias_hh][row]);
        if (apart) l.hidden_bias[block * W + lane] = parameters[bias_hh][row];
    });
}

template <class C>
void pack_layer_forward(const Problem& p, const float* const* parameters, bool dense,
                        const LayerPlan<C>& l) {
    pack_forward<C>(parameters[weight_hh], p.units, p.units, l.hidden_weights);
    pack_bias<C>(p, parameters, l);
    if (dense) {
        pack_forward<C>(parameters[weight_ih], p.units, p.units, l.input_weights);
    } else {
        pack_table<C>(p, parameters, l.table);
    }
}

template <class C>
void pack_layer_backward(const Problem& p, const float* const* parameters, bool dense,
                         const LayerPlan<C>& l) {
    pack_backward<C>(parameters[weight_hh], p.units, C::hidden_order, l.hidden_weights_back);
    if (dense) {
        pack_backward<C>(parameters[weight_ih], p.units, C::input_order, l.input_weights_back);
    }
}

template <class C>
void clear_layer_gradient(const Plan<C>& plan, bool dense, const LayerPlan<C>& l) {
    const Problem& p = plan.problem;
    const long gate_units = plan.padded * C::gates;
    fill_zero(l.hidden_weights_gradient, p.units * gate_units);
    if (dense) {
        fill_zero(l.input_weights_gradient, p.units * gate_units);
    } else {
        fill_zero(l.table_gradient, p.alphabet * gate_units);
    }
    fill_zero(l.bias_gradient, plan.padded * C::slots);
}

template <class C>
void unpack_layer_gradient(const Problem& p, bool dense, const LayerPlan<C>& l,
                           float* const* gradients) {
    unpack_gradient<C>(l.hidden_weights_gradient, p.units, p.units, C::hidden_order,
                       gradients[weight_hh]);
    for_each_gate_unit<C>(p.units, C::hidden_order, [&](long block, int g, long lane, long row) {
        gradients[bias_hh][row] =
            l.bias_gradient[(block * C::slots + C::hidden_slot + g) * W + lane];
    });
    for_each_gate_unit<C>(p.units, C::input_order, [&](long block, int g, long lane, long row) {
        gradients[bias_ih][row] =
            l.bias_gradient[(block * C::slots + C::input_slot + g) * W + lane];
    });
    if (dense) {
        unpack_gradient<C>(l.input_weights_gradient, p.units, p.units, C::input_order,
                           gradients[weight_ih]);
        return;
    }
    const long stride = blocks_of(p.units) * W * C::gates;
    for_each_gate_unit<C>(p.units, C::input_order, [&](long block, int g, long lane, long row) {
        const float* from = l.table_gradient + (block * C::gates + g) * W + lane;
        float* to = gradients[weight_ih] + row * p.alphabet;
        for (long token = 0; token < p.alphabet; ++token) to[token] = from[token * stride];
    });
}

}  // namespace
