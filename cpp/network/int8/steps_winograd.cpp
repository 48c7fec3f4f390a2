#include <algorithm>
#include <array>

#include "network/int8/steps.h"
#include "network/winograd/run.h"

namespace digitcli::network::int8 {
namespace {

// What winograd::run asks of a step in int8.
class Way : public winograd::StepWay<Step, Context> {
 public:
  using In = std::uint8_t;
  using Point = std::int16_t;
  using Product = std::int32_t;
  using Out = std::uint8_t;

  Way(const Step& step, const Context& context)
      : StepWay(step, context),
        kernels_(context.kernels),
        winograd_(kernels_.exact_winograd[step.tiles.form]),
        filters_(step.packed->filters) {}

  Shape sums() const { return step_.sums; }
  std::ptrdiff_t in_row() const { return step_.in_row; }

  void transform(int missing_rows, int missing_columns, const std::uint8_t* x,
                 std::int16_t* points) const {
    winograd_.input[missing_rows][missing_columns](x, step_.in.row_stride(),
                                                   step_.in.pixel_stride(), step_.in.padded, points,
                                                   step_.in.padded);
  }

  void multiply(int panel, int point, const std::int16_t* points, std::ptrdiff_t stride, int tiles,
                std::int32_t* products, std::ptrdiff_t product_stride) const {
    const Filters::Place& place = filters_.places[static_cast<std::size_t>(point)];
    const int vectors = step_.packed->panels.vectors(panel);
    std::array<std::ptrdiff_t, Filters::kMostSources> segments;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      segments[i] =
          place.sources[i] * step_.in.padded * static_cast<std::ptrdiff_t>(sizeof *points);
    }
    const std::int16_t* w =
        filters_.weight.data() + panel * filters_.stride + vectors * place.first;
    kernels_.pair_product(points, stride, segments.data(), place.count, filters_.groups, w, vectors,
                          tiles, products, product_stride);
  }

  void collect(int missing_rows, int missing_columns, int panel, const std::int32_t* products,
               int rows, int columns, std::uint8_t* y) const {
    const Panels& panels = step_.packed->panels;
    winograd_.output[missing_rows][missing_columns](
        products, std::min(panels.width, step_.out.padded - panel * panels.width),
        panels.bias.data() + panel * panels.width, panels.scale.data() + panel * panels.width,
        step_.pooled, rows, columns, y, step_.out.row_stride(), step_.out.pixel_stride());
  }

 private:
  const Kernels& kernels_;
  const ExactWinograd& winograd_;
  const Filters& filters_;
};

}  // namespace

void run_winograd(const Step& step, const Context& context, int pictures, const std::uint8_t* in,
                  std::uint8_t* out) {
  winograd::run(Way(step, context), step, pictures, in, out);
}

double winograd_part(const Step& step, const Context& context, int pictures,
                     const std::uint8_t* in) {
  return winograd::part_of(Way(step, context), step, pictures, in);
}

}  // namespace digitcli::network::int8
