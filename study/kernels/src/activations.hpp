// exp, log, sigmoid and tanh on vectors: a few units in the last place, non-finite values kept.
#pragma once

#include "vector.hpp"

namespace {

SEQMEM_INLINE Vec clamp(Vec x, float low, float high) {
    return at_most(at_least(x, splat(low)), splat(high));
}

enum class Function { exp, sigmoid, tanh };

// Bounds within which a function's argument changes its value.
SEQMEM_INLINE Vec argument(Function f, Vec x) {
    // Where e^x is large, up to n = 127: at 128 the scale is inf, and inf * tail + inf is NaN for a
    // negative tail. Where it is small, n = -127 makes the scale, and the result, zero.
    constexpr float large = 88.375f, small = 88.0f;
    if (f == Function::tanh) return clamp(x + x, -40.0f, 40.0f);
    return f == Function::exp ? clamp(x, -small, large) : clamp(x, -large, small);
}

// The function from e^y = scale * (1 + tail): y = x, -x for a sigmoid, 2 x for tanh.
SEQMEM_INLINE Vec result(Function f, Vec scale, Vec tail) {
    // Through e^2x - 1, which keeps full relative precision near zero; |x| > 9.02 rounds to one.
    if (f == Function::tanh) {
        const Vec minus_one = scale * tail + (scale - 1.0f);
        return minus_one / (minus_one + 2.0f);
    }
    const Vec whole = scale * tail + scale;
    return f == Function::exp ? whole : 1.0f / (1.0f + whole);
}

// x[j] = functions[j](x[j]), operation by operation, so that each hides the latencies of the others.
// e^y by reduction to y = n ln2 + r, |r| <= ln2 / 2, and a minimax polynomial whose relative error in
// the tail e^r - 1 is 1.4e-8, for |y| within 89. Where a product and a sum round once, one constant
// for ln2 is enough; elsewhere it is split in two, the first exact in products (Cody and Waite).
template <int N>
SEQMEM_INLINE void apply_together(const Function* functions, Vec* x) {
    constexpr float rounding = 12582912.0f;  // 1.5 * 2^23: adding it leaves round(y) in low bits
    Vec r[N], scale[N], p[N];
#pragma GCC unroll 4
    for (int j = 0; j < N; ++j) {
        const bool negative = functions[j] == Function::sigmoid;
        const Vec y = argument(functions[j], x[j]);
        const Vec shifted = y * (negative ? -1.44269504088896341f : 1.44269504088896341f) + rounding;
        const Vec n = shifted - rounding;
        const Vec signed_y = negative ? -y : y;
        if constexpr (fused_multiply_add) {
            r[j] = signed_y - n * 0.693147180559945f;
        } else {
            r[j] = signed_y - n * 0.693359375f;
            r[j] = r[j] + n * 2.12194440e-4f;
        }
        scale[j] = as_float((as_bits(shifted) + 127u) << 23);  // 2^n, 0 and inf at the ends
    }
    constexpr float coefficients[] = {0.00836642366f, 0.0416674651f, 0.16666545f, 0.49999997f};
    const Vec leading = splat(0.00138683163f);
#pragma GCC unroll 4
    for (int j = 0; j < N; ++j) p[j] = leading;
#pragma GCC unroll 4
    for (int term = 0; term < 4; ++term) {
        const Vec c = held(splat(coefficients[term]));
#pragma GCC unroll 4
        for (int j = 0; j < N; ++j) p[j] = p[j] * r[j] + c;
    }
#pragma GCC unroll 4
    for (int j = 0; j < N; ++j) p[j] = p[j] * (r[j] * r[j]) + r[j];
#pragma GCC unroll 4
    for (int j = 0; j < N; ++j) x[j] = result(functions[j], scale[j], p[j]);
}

// x[j] = functions[j](x[j]), at most four at a time: more would not fit in 16 registers.
template <int N>
SEQMEM_INLINE void apply(const Function (&functions)[N], Vec (&x)[N]) {
#pragma GCC unroll 4
    for (int j = 0; j + 4 <= N; j += 4) apply_together<4>(functions + j, x + j);
    if constexpr (N % 4 > 0) apply_together<N % 4>(functions + N / 4 * 4, x + N / 4 * 4);
}

// The same function of all.
template <Function F, int N>
SEQMEM_INLINE void apply(Vec (&x)[N]) {
    Function functions[N];
#pragma GCC unroll 16
    for (int j = 0; j < N; ++j) functions[j] = F;
    apply(functions, x);
}

// Natural logarithm of a positive normal number (Cephes' logf); NaN and inf are kept.
SEQMEM_INLINE Vec log(Vec x) {
    constexpr std::uint32_t half_root = 0x3f3504f3u;  // sqrt(1/2)
    const BitVec offset = as_bits(x) - half_root;
    const IntVec exponent = reinterpret_cast<IntVec>(offset) >> 23;
    const Vec m = as_float((offset & 0x007fffffu) + half_root) - 1.0f;
    const Vec e = __builtin_convertvector(exponent, Vec);
    Vec p = m * 7.0376836292e-2f - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    const Vec square = m * m;
    Vec y = p * m * square - e * 2.12194440e-4f;
    y = y - square * 0.5f;
    const Vec result = m + y + e * 0.693359375f;
    return x < splat(__builtin_inff()) ? result : x;
}

}  // namespace
