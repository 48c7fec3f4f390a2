#include "network/int8/steps.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "base/round_up.h"
#include "network/window.h"

namespace digitcli::network::int8 {
namespace {

// Rows of windows that can be worked on independently.
int rows_of(const Step& step) {
  return step.layer.kind == Kind::average_pool ? 1 : step.out.shape.height;
}

// Calls part(begin, end) for nearly equal shares of [0, count), one for each thread.
template <class Part>
void share(const base::Team& team, int count, const Part& part) {
  const int parts = std::min(team.size(), count);
  const auto start = [&](int i) {
    return static_cast<int>(static_cast<std::int64_t>(count) * i / parts);
  };
  team.each(parts, [&](int item, int) { part(start(item), start(item + 1)); });
}

Int8Layer layer_of(const Step& step) {
  Int8Layer layer{};
  layer.segments = step.segments.data();
  layer.segment_count = static_cast<int>(step.segments.size());
  layer.groups = step.packed->panels.groups;
  layer.w = step.packed->panels.weight.data();
  layer.panel_stride = step.packed->panels.stride();
  layer.panels = step.packed->panels.count;
  layer.last_vectors = step.packed->panels.last_vectors;
  layer.units = step.packed->panels.units;
  layer.bias = step.packed->panels.bias.data();
  layer.scale = step.packed->panels.scale.data();
  layer.pool2 = step.pooled;
  layer.logits = step.layer.logits;
  layer.y_units = step.out.padded;
  return layer;
}

void convolve(const Step& step, const Kernels& kernels, const std::uint8_t* in, std::uint8_t* out,
              int begin, int end) {
  Int8Layer layer = layer_of(step);
  layer.x = in;
  layer.row_stride = step.in.row_stride() * (step.lift > 0 ? 1 : step.layer.stride.rows);
  layer.column_stride = static_cast<std::ptrdiff_t>(step.layer.stride.columns) * step.in.padded;
  layer.height = step.sums.height;
  layer.width = step.sums.width;
  layer.y = out + step.out.interior();
  layer.y_row_stride = step.out.row_stride();
  layer.y_column_stride = step.out.padded;
  kernels.int8_product(layer, begin, end, 0, layer.panels);
}

void max_pool(const Step& step, const Kernels& kernels, const std::uint8_t* in, std::uint8_t* out,
              int begin, int end) {
  const Plane& from = step.in;
  const Plane& to = step.out;
  const Layer& layer = step.layer;
  const int above = row_padding(layer, from.shape).before;
  const int left = column_padding(layer, from.shape).before;
  for (int row = begin; row < end; ++row) {
    const Span rows = clip(row, layer.stride.rows, layer.window.rows, above, from.shape.height);
    for (int column = 0; column < to.shape.width; ++column) {
      const Span columns =
          clip(column, layer.stride.columns, layer.window.columns, left, from.shape.width);
      kernels.int8_max_pool(in + from.interior() + rows.begin * from.row_stride() +
                                static_cast<std::ptrdiff_t>(columns.begin) * from.padded,
                            from.row_stride(), from.padded, rows.count, columns.count,
                            out + to.interior() + row * to.row_stride() +
                                static_cast<std::ptrdiff_t>(column) * to.padded,
                            to.shape.channels);
    }
  }
}

// Rows [begin, end) of a picture step.
void run_rows(const Step& step, const Kernels& kernels, const std::uint8_t* in, std::uint8_t* out,
              int begin, int end) {
  switch (step.layer.kind) {
    case Kind::conv:
      return convolve(step, kernels, in, out, begin, end);
    case Kind::max_pool:
      return max_pool(step, kernels, in, out, begin, end);
    case Kind::average_pool:
      return kernels.int8_average_pool(in + step.in.interior(), step.in.row_stride(),
                                       step.in.padded, step.in.shape.height, step.in.shape.width,
                                       step.scale, step.layer.logits, out + step.out.interior(),
                                       step.out.padded);
    case Kind::dense:
      return;  // never among the picture steps
  }
}

// Rows [begin, end), of which those that no ink reaches are copied, if it is known what they
// become.
void run_inked_rows(const Step& step, const Kernels& kernels, const Ink& ink,
                    const std::uint8_t* in, std::uint8_t* out, int begin, int end) {
  if (step.blank == nullptr) return run_rows(step, kernels, in, out, begin, end);
  const Plane& to = step.out;
  const auto is_blank = [&](int row) {
    return ink.of(step.seen.rows[static_cast<std::size_t>(row)]) == 0;
  };
  const auto copy = [&](int row) {
    copy_pixels(to, {row, 1}, {0, to.shape.width}, step.blank->data(), out);
  };
  for (; begin < end && is_blank(begin); ++begin) copy(begin);
  for (; begin < end && is_blank(end - 1); --end) copy(end - 1);
  if (begin < end) run_rows(step, kernels, in, out, begin, end);
}

// How many rows of some pictures are computed.
double inked_rows(const Step& step, const std::vector<Ink>& ink, int pictures) {
  if (step.blank == nullptr) return static_cast<double>(pictures) * rows_of(step);
  double count = 0;
  for (int i = 0; i < pictures; ++i) {
    const auto& rows = step.seen.rows;
    const auto has_ink = [&](Span seen) { return ink[static_cast<std::size_t>(i)].of(seen) != 0; };
    const auto first = std::find_if(rows.begin(), rows.end(), has_ink);
    count += std::find_if(rows.rbegin(), std::make_reverse_iterator(first), has_ink).base() - first;
  }
  return count;
}

// Bytes between two rows that a dense step reads.
std::ptrdiff_t in_row(const Step& step) {
  return base::round_up<std::ptrdiff_t>(step.in.size(), 64);
}

// Panels [begin, end) of a dense step on two rows or more.
void run_panels(const Step& step, const Kernels& kernels, int rows, const std::uint8_t* in,
                std::uint8_t* out, int begin, int end) {
  const std::ptrdiff_t value = step.layer.logits ? sizeof(float) : 1;
  Int8Layer layer = layer_of(step);
  layer.x = in;
  layer.y = out;
  layer.width = std::min(rows, kTileColumns);
  layer.height = (rows + kTileColumns - 1) / kTileColumns;
  layer.column_stride = in_row(step);
  layer.row_stride = kTileColumns * layer.column_stride;
  layer.y_column_stride = step.out_row / value;
  layer.y_row_stride = kTileColumns * layer.y_column_stride;
  kernels.int8_product(layer, 0, layer.height, begin, end);
}

// A dense step on one row, from its values that are not zero.
void run_row(const Step& step, const Context& context, const std::uint8_t* in, std::uint8_t* out) {
  const Scratch& scratch = context.shared();
  const int count = context.kernels.int8_gather(in, static_cast<int>(step.in.size()),
                                                scratch.value.data(), scratch.index.data());
  Int8Layer layer = layer_of(step);
  layer.w = step.packed->rows.weight.data();
  layer.panel_stride = step.packed->rows.stride;
  layer.y = out;
  share(context.team, step.packed->rows.panels, [&](int begin, int end) {
    context.kernels.int8_row_product(layer, scratch.value.data(), scratch.index.data(), count,
                                     begin, end);
  });
}

}  // namespace

void run_picture_step(const Step& step, const Context& context, int pictures,
                      const std::uint8_t* in, std::uint8_t* out) {
  if (step.algorithm == Algorithm::winograd) {
    return run_winograd(step, context, pictures, in, out);
  }
  for (int i = 0; i < pictures; ++i, in += step.in_row, out += step.out_row) {
    const Ink& ink = context.shared().ink[static_cast<std::size_t>(i)];
    share(context.team, rows_of(step), [&](int begin, int end) {
      run_inked_rows(step, context.kernels, ink, in, out, begin, end);
    });
  }
}

void run_dense_step(const Step& step, const Context& context, int rows, const std::uint8_t* in,
                    std::uint8_t* out) {
  if (rows == 1) return run_row(step, context, in, out);
  share(context.team, step.packed->panels.count,
        [&](int begin, int end) { run_panels(step, context.kernels, rows, in, out, begin, end); });
}

void fill_plane(const Plan& plan, const Kernels& kernels, const std::uint8_t* pixels,
                std::uint8_t* plane) {
  if (!plan.picture_steps.empty() && plan.picture_steps.front().lift > 0) {
    const Step& step = plan.picture_steps.front();
    const int above = row_padding(step.layer, plan.input).before;
    for (int row = 0; row < step.in.shape.height; ++row) {
      kernels.int8_lift(pixels, plan.input.height, plan.input.width,
                        row * step.layer.stride.rows - above, step.layer.window.rows, step.lift,
                        plane + step.in.interior() + row * step.in.row_stride());
    }
    return;
  }
  const std::ptrdiff_t bytes = static_cast<std::ptrdiff_t>(plan.input.width) * plan.input.channels;
  for (int row = 0; row < plan.input.height; ++row) {
    std::memcpy(plane + plan.first.interior() + row * plan.first.row_stride(), pixels + row * bytes,
                static_cast<std::size_t>(bytes));
  }
}

double flops_of(const Step& step, const Context& context, int pictures, const std::uint8_t* in) {
  if (step.algorithm == Algorithm::direct)
    return step.flops_done * inked_rows(step, context.shared().ink, pictures) / rows_of(step);
  if (step.algorithm == Algorithm::winograd)
    return pictures * step.flops_done * winograd_part(step, context, pictures, in);
  if (step.algorithm != Algorithm::dense || pictures > 1) return pictures * step.flops_done;
  const std::ptrdiff_t values = step.in.size() - std::count(in, in + step.in.size(), 0);
  return 2.0 * static_cast<double>(values) * step.layer.units;
}

void copy_output(const Step& step, const std::uint8_t* from, void* to, int image) {
  const std::size_t at = static_cast<std::size_t>(image) * step.out.shape.size();
  if (step.layer.logits) {
    copy_interior(step.out, reinterpret_cast<const float*>(from), static_cast<float*>(to) + at);
  } else {
    copy_interior(step.out, from, static_cast<std::uint8_t*>(to) + at);
  }
}

}  // namespace digitcli::network::int8
