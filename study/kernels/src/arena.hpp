// Scratch memory, recycled: mapping tens of megabytes anew for every training step would cost
// more in page faults than a small network's arithmetic.
#pragma once

#include <cstddef>

namespace seqmem {

class Arena {
public:
    Arena() = default;
    explicit Arena(std::size_t floats) { reserve(floats); }
    ~Arena() { release(); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    // At least this many floats, 64-byte aligned; the contents are not kept when it grows.
    float* reserve(std::size_t floats);
    float* data() const { return data_; }

private:
    void release();

    float* data_ = nullptr;
    std::size_t floats_ = 0;
};

}  // namespace seqmem
