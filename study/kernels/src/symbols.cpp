#include "symbols.hpp"

#include <stdexcept>
#include <string>

namespace seqmem {

void to_time_major(const std::int64_t* symbols, long batch, long length, long alphabet,
                   const char* what, std::vector<std::int32_t>& out) {
    out.resize(static_cast<std::size_t>(batch * length));
    for (long row = 0; row < batch; ++row) {
        for (long t = 0; t < length; ++t) {
            const std::int64_t symbol = symbols[row * length + t];
            if (symbol < 0 || symbol >= alphabet) {
                throw std::invalid_argument(
                    std::string(what) + " holds " + std::to_string(symbol) + " at row " +
                    std::to_string(row) + ", position " + std::to_string(t) + "; valid: 0 to " +
                    std::to_string(alphabet - 1));
            }
            out[static_cast<std::size_t>(t * batch + row)] = static_cast<std::int32_t>(symbol);
        }
    }
}

}  // namespace seqmem
