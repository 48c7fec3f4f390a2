#include <algorithm>

#include "network/float32/steps.h"

namespace digitcli::network::float32 {
namespace {

// The values of a row that are not zero, where they are, and where each block of them starts.
void compress(const Step& step, const float* x, Scratch& scratch) {
  float* value = scratch.value.data();
  std::int32_t* index = scratch.index.data();
  std::int32_t* starts = scratch.starts.data();
  int count = 0, k = 0;
  for (const std::ptrdiff_t segment : step.segments) {
    for (int i = 0; i < step.segment_depth; ++i, ++k) {
      if (k % kBlock == 0) *starts++ = count;
      value[count] = x[segment + i];
      index[count] = k;
      count += value[count] != 0.0f;
    }
  }
  *starts = count;
}

// One row: it is the weights that have to come a long way, so those of zeros are not read, and
// every other row goes through its blocks backwards, to meet those that are still in the cache.
void run_row(const Step& step, const Context& context, const float* x, float* y) {
  Scratch& scratch = context.shared();
  compress(step, x, scratch);
  const int blocks = static_cast<int>(step.blocks()), columns = step.out.padded;
  const bool backwards = scratch.backwards = !scratch.backwards;
  const int shares = std::min(context.team.size(), blocks);
  const auto start_of = [&](int share) { return blocks * share / shares; };
  const auto sum = [&](int block) {
    const std::int32_t start = scratch.starts[static_cast<std::size_t>(block)];
    context.kernels.block_sum(scratch.value.data() + start, scratch.index.data() + start,
                              scratch.starts[static_cast<std::size_t>(block) + 1] - start,
                              step.packed->wide.data(), columns, columns,
                              scratch.sums.data() + static_cast<std::ptrdiff_t>(block) * columns);
  };
  for (int share = 0; share < shares; ++share)
    scratch.taken[static_cast<std::size_t>(share)].value = 0;
  context.team.each(shares, [&](int own, int) {
    for (int turn = 0; turn < shares;
         ++turn) {  // a worker's own share, then what is left of others
      const int share = (own + turn) % shares, count = start_of(share + 1) - start_of(share);
      auto& taken = scratch.taken[static_cast<std::size_t>(share)].value;
      for (int i = taken++; i < count; i = taken++) {
        sum(start_of(share) + (backwards ? count - 1 - i : i));
      }
    }
  });
  context.kernels.add_blocks(scratch.sums.data(), columns, blocks, step.packed->panels.bias.data(),
                             columns, y, step.layer.relu);
}

}  // namespace

void run_dense_step(const Step& step, const Context& context, int rows, const float* in,
                    float* out) {
  if (rows == 1) return run_row(step, context, in, out);
  const Kernels& kernels = context.kernels;
  const Panels& panels = step.packed->panels;
  const std::ptrdiff_t x_stride = step.in.size(), y_stride = step.out.size();
  context.team.each(panels.count, [&](int p, int) {
    for_each_tile(rows, kernels.max_rows, [&](int first, int count) {
      kernels.product[panels.halves(p) - 1][count - 1](
          in + first * x_stride, x_stride, step.segments.data(),
          static_cast<int>(step.segments.size()), step.segment_depth, panels.panel(p),
          panels.bias.data() + p * panels.width, out + first * y_stride + p * panels.width,
          y_stride, step.layer.relu);
    });
  });
}

double row_flops(const Step& step, const float* in) {
  std::ptrdiff_t values = 0;
  for (const std::ptrdiff_t segment : step.segments) {
    values +=
        step.segment_depth - std::count(in + segment, in + segment + step.segment_depth, 0.0f);
  }
  return 2.0 * static_cast<double>(values) * step.layer.units;
}

}  // namespace digitcli::network::float32
