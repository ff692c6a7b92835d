// Optimizer steps over flat arrays in torch's semantics, and the norm that clipping needs.
#pragma once

#include "kernel_table.hpp"
#include "vector.hpp"

namespace {

using namespace seqmem;

// In double and in a fixed number of partial sums, so that it vectorizes in one fixed order.
inline double squared_norm(const float* values, long count) {
    constexpr int lanes = 16;
    double partial[lanes] = {};
    long i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (int j = 0; j < lanes; ++j) {
            const double x = values[i + j];
            partial[j] += x * x;
        }
    }
    for (; i < count; ++i) partial[0] += static_cast<double>(values[i]) * values[i];
    double total = 0.0;
    for (int j = 0; j < lanes; ++j) total += partial[j];
    return total;
}

// Constants are formed in double and rounded once, as in torch: 1 - 0.999 in float is off by 1e-5.
inline void adam(const Update& u, long count, float* __restrict parameter,
                 const float* __restrict gradient, float* __restrict mean,
                 float* __restrict square) {
    const float step_size = static_cast<float>(u.learning_rate / u.bias_correction1);
    const float root = static_cast<float>(__builtin_sqrt(u.bias_correction2));
    const bool decoupled = u.rule == Rule::adamw;
    const float kept = static_cast<float>(
        decoupled ? 1.0 - u.learning_rate * u.weight_decay : 1.0);
    const float coupled = static_cast<float>(decoupled ? 0.0 : u.weight_decay);
    const float scale = static_cast<float>(u.gradient_scale);
    const float mean_rate = static_cast<float>(1.0 - u.beta1);
    const float square_kept = static_cast<float>(u.beta2);
    const float square_rate = static_cast<float>(1.0 - u.beta2);
    const float epsilon = static_cast<float>(u.epsilon);
    for (long i = 0; i < count; ++i) {
        const float p = parameter[i] * kept;
        const float g = gradient[i] * scale + coupled * p;
        const float m = mean[i] + mean_rate * (g - mean[i]);
        const float v = square_kept * square[i] + square_rate * (g * g);
        mean[i] = m;
        square[i] = v;
        parameter[i] = p - step_size * (m / (__builtin_sqrtf(v) / root + epsilon));
    }
}

// The first step takes the gradient itself as velocity, as torch does.
inline void sgd(const Update& u, long count, float* __restrict parameter,
                const float* __restrict gradient, float* __restrict velocity) {
    const float step_size = static_cast<float>(u.learning_rate);
    const float decay = static_cast<float>(u.weight_decay);
    const float scale = static_cast<float>(u.gradient_scale);
    const float kept = static_cast<float>(u.momentum);
    for (long i = 0; i < count; ++i) {
        const float g = gradient[i] * scale + decay * parameter[i];
        const float v = u.first_step ? g : kept * velocity[i] + g;
        velocity[i] = v;
        parameter[i] -= step_size * v;
    }
}

inline void update(const Update& u, long count, float* parameter, const float* gradient,
                   float* first_moment, float* second_moment) {
    if (u.rule == Rule::sgd) {
        sgd(u, count, parameter, gradient, first_moment);
    } else {
        adam(u, count, parameter, gradient, first_moment, second_moment);
    }
}

}  // namespace
