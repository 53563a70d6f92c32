// LIF neurons with hard reset to 0 and arctangent surrogate, reset detached, float32.
// Forward writes spikes and potentials, backward reads them. Neurons are columns of [steps, columns].
#include <algorithm>

namespace {
constexpr long kBlock = 1024;  // columns whose state stays in the first level cache
constexpr float kHalfPi = 1.57079632679489662f;
}  // namespace

extern "C" void lif_forward(const float* __restrict x, float* __restrict spikes,
                            float* __restrict potential, long steps, long columns, float decay,
                            float threshold, int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
  for (long first = 0; first < columns; first += kBlock) {
    const long width = std::min(kBlock, columns - first);
    float v[kBlock] = {};
    for (long t = 0; t < steps; ++t) {
      const long row = t * columns + first;
      for (long j = 0; j < width; ++j) {
        const float h = decay * v[j] + x[row + j];
        const bool fires = h >= threshold;
        potential[row + j] = h;
        spikes[row + j] = fires ? 1.0f : 0.0f;
        v[j] = fires ? 0.0f : h;
      }
    }
  }
}

extern "C" void lif_backward(const float* __restrict grad, const float* __restrict spikes,
                             const float* __restrict potential, float* __restrict grad_x,
                             long steps, long columns, float decay, float threshold, float alpha,
                             int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
  for (long first = 0; first < columns; first += kBlock) {
    const long width = std::min(kBlock, columns - first);
    float flow[kBlock] = {};
    for (long t = steps - 1; t >= 0; --t) {
      const long row = t * columns + first;
      for (long j = 0; j < width; ++j) {
        const float slope = kHalfPi * alpha * (potential[row + j] - threshold);
        const float surrogate = 0.5f * alpha / (1.0f + slope * slope);
        const float through = flow[j] * (1.0f - spikes[row + j]);
        const float total = grad[row + j] * surrogate + through;
        grad_x[row + j] = total;
        flow[j] = decay * total;
      }
    }
  }
}
