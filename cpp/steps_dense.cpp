#include <algorithm>

#include "steps.h"

namespace digitcli {
namespace {

constexpr int kLeastColumns = 64;  // of one thread's share of a lone row

// Where the values of a row that are not zero are, in order. Returns how many.
int compress(const Step& step, const float* x, float* value, std::int32_t* index) {
  int count = 0, k = 0;
  for (const std::ptrdiff_t segment : step.segments) {
    for (int i = 0; i < step.segment_depth; ++i, ++k) {
      value[count] = x[segment + i];
      index[count] = k;
      count += value[count] != 0.0f;
    }
  }
  return count;
}

// One row: it is the weights that have to come a long way, so those of zeros are not read.
void run_row(const Step& step, const Context& context, const float* x, float* y) {
  Scratch& shared = context.shared();
  const int count = compress(step, x, shared.value.data(), shared.index.data());
  const int lanes = context.kernels.lanes, padded = step.out.padded;
  const int share = (padded + context.team.size() - 1) / context.team.size();
  const int columns = std::max(kLeastColumns, (share + lanes - 1) / lanes * lanes);
  context.team.each((padded + columns - 1) / columns, [&](int item, int) {
    const int first = item * columns;
    context.kernels.row_product(shared.value.data(), shared.index.data(), count,
                                step.wide.data() + first, padded, step.panels.bias.data() + first,
                                std::min(columns, padded - first), shared.sums.data() + first,
                                y + first, step.layer.relu);
  });
}

}  // namespace

void run_dense(const Step& step, const Context& context, int rows, const float* in, float* out) {
  if (rows == 1) return run_row(step, context, in, out);
  const Kernels& kernels = context.kernels;
  const Panels& panels = step.panels;
  const std::ptrdiff_t x_stride = step.in.size(), y_stride = step.out.size();
  context.team.each(panels.count, [&](int p, int) {
    for_each_tile(rows, kernels.max_rows, [&](int first, int count) {
      kernels.product[panels.vectors(p) - 1][count - 1](
          in + first * x_stride, x_stride, step.segments.data(),
          static_cast<int>(step.segments.size()), step.segment_depth, panels.panel(p),
          panels.bias.data() + p * panels.width, out + first * y_stride + p * panels.width,
          y_stride, step.layer.relu);
    });
  });
}

}  // namespace digitcli
