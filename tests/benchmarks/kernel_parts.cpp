// Times the parts of a training step one by one, from the kernels' own headers, beside what this core
// can do at most. Compiled by bench_roofline.py for one cell and one instruction set.
//
//     kernel_parts ALPHABET UNITS BATCH LENGTH SECONDS    prints "name value" lines, seconds or rates
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "arena.hpp"
#include "gru.hpp"
#include "layer_backward.hpp"
#include "layer_forward.hpp"
#include "lstm.hpp"
#include "optimizer.hpp"
#include "readout.hpp"
#include "rnn.hpp"

namespace {

using C = SEQMEM_CELL;

// CPU seconds of this thread, so that other load on the machine is not charged.
double seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_since(double start) { return seconds() - start; }

// Shortest time of each part: what it costs without the disturbances of other processes.
class Shortest {
public:
    template <class Body>
    void time(const std::string& name, Body&& body) {
        const double start = seconds();
        body();
        const double spent = seconds_since(start);
        const auto place = seconds_.try_emplace(name, spent).first;
        if (spent < place->second) place->second = spent;
    }

    double operator[](const std::string& name) const { return seconds_.at(name); }

    void print() const {
        for (const auto& [name, value] : seconds_) std::printf("%s %.9g\n", name.c_str(), value);
    }

private:
    std::map<std::string, double> seconds_;
};

std::vector<float> uniform(std::mt19937& random, long count, float bound) {
    std::uniform_real_distribution<float> draw(-bound, bound);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = draw(random);
    return values;
}

// One layer, its readout and everything that a step reads or writes.
struct Network {
    Problem p;
    std::vector<std::vector<float>> parameters, gradients;
    std::vector<float> first_moment, second_moment;
    std::vector<std::int32_t> tokens, targets;
    seqmem::Arena memory;

    explicit Network(const Problem& problem) : p(problem) {
        std::mt19937 random(0);
        const long gate_units = C::gates * p.units;
        const float bound = 1.0f / __builtin_sqrtf(static_cast<float>(p.units));
        for (long size : {gate_units * p.alphabet, gate_units * p.units, gate_units, gate_units,
                          p.alphabet * p.units, p.alphabet}) {
            parameters.push_back(uniform(random, size, bound));
            gradients.emplace_back(static_cast<std::size_t>(size));
        }
        std::uniform_int_distribution<std::int32_t> symbol(0, static_cast<int>(p.alphabet) - 1);
        for (long i = 0; i < p.batch * p.length; ++i) {
            tokens.push_back(symbol(random));
            targets.push_back(symbol(random));
        }
        first_moment.resize(static_cast<std::size_t>(gate_units * p.units));
        second_moment = first_moment;
        memory.reserve(TrainingArena<C>(p, nullptr).floats());
    }

    TrainingArena<C> arena() { return {p, memory.data()}; }

    void forward_pass() {
        const float* pointers[] = {parameters[0].data(), parameters[1].data(), parameters[2].data(),
                                   parameters[3].data()};
        forward<C>(p, pointers, memory.data(), tokens.data(), {}, {});
    }

    void readout_pass() {
        const auto weight = 1.0f / static_cast<float>(p.batch * p.length);
        readout<C>(p, {parameters[4].data(), parameters[5].data()}, memory.data(), targets.data(),
                   {0, nullptr, weight, p.batch}, {gradients[4].data(), gradients[5].data()});
    }

    void backward_pass() {
        const float* pointers[] = {parameters[0].data(), parameters[1].data(), parameters[2].data(),
                                   parameters[3].data()};
        float* targets_of[] = {gradients[0].data(), gradients[1].data(), gradients[2].data(),
                               gradients[3].data()};
        backward<C>(p, pointers, memory.data(), tokens.data(), 0, {}, targets_of, {});
    }

    // The recurrent weights alone: the rest is small. The rate of zero leaves them as they are.
    void optimizer_step() {
        const Update rule{Rule::adam, 0.0, 0.9, 0.999, 1e-8, 0.0, 0.0, 1.0, 0.1, 0.001, true};
        const auto count = static_cast<long>(first_moment.size());
        const double norm = squared_norm(gradients[1].data(), count);
        if (norm < 0.0) std::abort();
        update(rule, count, parameters[1].data(), gradients[1].data(), first_moment.data(),
               second_moment.data());
    }
};

template <class Body>
void for_each_block(Network& network, Body&& body) {
    const TrainingArena<C> arena = network.arena();
    const LayerPlan<C> l = arena.layer(0);
    for (long t = 0; t < network.p.length; ++t) {
        for (long block = 0; block < arena.plan.blocks; ++block) {
            body(forward_step(arena.plan, l, nullptr, network.tokens.data(),
                              {0, network.p.length, true}, t, block));
        }
    }
}

// The parts of the two passes, each over the whole sequence.
void time_parts(Network& network, Shortest& shortest) {
    const TrainingArena<C> arena = network.arena();
    const LayerPlan<C> l = arena.layer(0);
    const long length = network.p.length;
    const long chunk = steps_per_chunk(arena.plan);
    shortest.time("forward product", [&] { for_each_block(network, forward_product<C>); });
    shortest.time("gate functions", [&] { for_each_block(network, activate_block<C>); });
    network.forward_pass();
    network.readout_pass();
    shortest.time("cell backward", [&] {
        for (long t = length - 1; t >= 0; --t) cell_backward(arena, l, t, network.tokens.data());
    });
    shortest.time("back product", [&] {
        for (long t = length - 1; t > 0; --t) {
            pass_to_previous(arena, l, t, arena.output_gradient + (t - 1) * arena.plan.step);
        }
    });
    shortest.time("weight gradient", [&] {
        for (long end = length; end > 0; end -= chunk) {
            const long first = end > chunk ? end - chunk : 0;
            finish_chunk(arena, l, nullptr, first, end - first);
        }
    });
}

// Whole passes as a training step makes them, back to back, or after other work has emptied the caches.
void time_step(Network& network, Shortest& shortest, const std::string& suffix) {
    shortest.time("forward" + suffix, [&] { network.forward_pass(); });
    shortest.time("readout" + suffix, [&] { network.readout_pass(); });
    shortest.time("backward" + suffix, [&] { network.backward_pass(); });
    shortest.time("optimizer" + suffix, [&] { network.optimizer_step(); });
}

// Floating-point operations per second of twelve independent chains of products and sums.
double peak_flops() {
    constexpr long rounds = 200000;
    Vec chains[12] = {};
    volatile float half = 0.5f;
    const Vec x = splat(half);
    const double start = seconds();
    for (long i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
        for (Vec& chain : chains) chain = held(chain * x + x);
    }
    const double spent = seconds_since(start);
    for (const Vec& chain : chains) half = chain[0];
    return 2.0 * 12 * W * rounds / spent;
}

// Gate functions per second on values in the first-level cache, one quarter of them tanh.
double function_rate() {
    static constexpr Function functions[4] = {Function::sigmoid, Function::sigmoid, Function::tanh,
                                              Function::sigmoid};
    alignas(64) float values[1024];
    for (float& value : values) value = 0.5f;
    const double start = seconds();
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
        for (int at = 0; at < 1024; at += 4 * W) {
            Vec x[4];
            for (int j = 0; j < 4; ++j) x[j] = held(load(values + at + j * W));
            apply(functions, x);
            for (int j = 0; j < 4; ++j) store(values + at + j * W, x[j]);
        }
    }
    return 1024.0 * rounds / seconds_since(start);
}

// Bytes read and written per second by a copy between two halves of `bytes`.
double copy_rate(std::vector<char>& buffer, std::size_t bytes) {
    const std::size_t half = bytes / 2;
    const double start = seconds();
    __builtin_memcpy(buffer.data(), buffer.data() + half, half);
    return static_cast<double>(2 * half) / seconds_since(start);
}

template <class Rate>
void print_best(const char* name, Rate&& rate) {
    double best = 0.0;
    for (int i = 0; i < 20; ++i) {
        const double found = rate();
        if (found > best) best = found;
    }
    std::printf("%s %.9g\n", name, best);
}

}  // namespace

int main(int count, char** words) {
    if (count != 6) return 2;
    const Problem p{SEQMEM_CELL_NAME, std::atol(words[1]), std::atol(words[2]), 1,
                    std::atol(words[3]), std::atol(words[4])};
    Network network(p);
    Shortest shortest;
    std::vector<char> elsewhere(std::size_t{1} << 26);
    network.forward_pass();
    network.readout_pass();
    network.backward_pass();
    const double start = seconds();
    while (seconds_since(start) < std::atof(words[5])) {
        time_step(network, shortest, "");
        time_parts(network, shortest);
        copy_rate(elsewhere, elsewhere.size());
        time_step(network, shortest, " cold");
    }
    shortest.print();
    const std::size_t arena_bytes = TrainingArena<C>(p, nullptr).floats() * sizeof(float);
    std::printf("arena_bytes %zu\nlanes %d\n", arena_bytes, W);
    print_best("peak_flops", peak_flops);
    print_best("function_rate", function_rate);
    print_best("copy_rate", [&] {
        return copy_rate(elsewhere, smaller(static_cast<long>(arena_bytes),
                                            static_cast<long>(elsewhere.size())));
    });
    return 0;
}
