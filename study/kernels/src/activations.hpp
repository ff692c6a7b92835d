// exp, log, sigmoid and tanh on vectors: a few units in the last place, non-finite values kept.
#pragma once

#include "vector.hpp"

namespace {

// x = n ln2 + r with |r| <= ln2 / 2; `scale` = 2^n (0 and inf at the ends), `tail` = e^r - 1.
struct Exponential {
    Vec scale;
    Vec tail;
};

SEQMEM_INLINE Vec clamp(Vec x, float low, float high) {
    return at_most(at_least(x, splat(low)), splat(high));
}

// e^(Sign x) by reduction to |r| <= ln2 / 2 and a minimax polynomial whose relative error in
// e^r - 1 is 1.4e-8, for |x| within 89. Where a product and a sum round once, one constant for
// ln2 is enough; elsewhere it is split in two, the first exact in products (Cody and Waite).
template <int Sign>
SEQMEM_INLINE Exponential exponential(Vec x) {
    constexpr float rounding = 12582912.0f;  // 1.5 * 2^23: adding it leaves round(y) in low bits
    const Vec shifted = x * (Sign * 1.44269504088896341f) + rounding;
    const Vec n = shifted - rounding;
    const Vec signed_x = Sign > 0 ? x : -x;
    Vec r;
    if constexpr (fused_multiply_add) {
        r = signed_x - n * 0.693147180559945f;
    } else {
        r = signed_x - n * 0.693359375f;
        r = r + n * 2.12194440e-4f;
    }
    Vec p = r * 0.00138683163f + 0.00836642366f;
    p = p * r + 0.0416674651f;
    p = p * r + 0.16666545f;
    p = p * r + 0.49999997f;
    const Vec tail = p * (r * r) + r;
    return {as_float((as_bits(shifted) + 127u) << 23), tail};
}

template <int Sign>
SEQMEM_INLINE Vec signed_exp(Vec x) {
    // Where e^(Sign x) is large, up to n = 127: at 128 the scale is inf, and inf * tail + inf is NaN
    // for a negative tail. Where it is small, n = -127 makes the scale, and the result, zero.
    constexpr float large = 88.375f, small = 88.0f;
    constexpr float low = Sign > 0 ? -small : -large, high = Sign > 0 ? large : small;
    const Exponential e = exponential<Sign>(clamp(x, low, high));
    return e.scale * e.tail + e.scale;
}

SEQMEM_INLINE Vec exp(Vec x) { return signed_exp<1>(x); }

SEQMEM_INLINE Vec sigmoid(Vec x) { return 1.0f / (1.0f + signed_exp<-1>(x)); }

// Through e^2x - 1, which keeps full relative precision near zero; |x| > 9.02 rounds to one.
SEQMEM_INLINE Vec tanh(Vec x) {
    const Exponential e = exponential<1>(clamp(x + x, -40.0f, 40.0f));
    const Vec minus_one = e.scale * e.tail + (e.scale - 1.0f);
    return minus_one / (minus_one + 2.0f);
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
