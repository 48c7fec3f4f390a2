#include "network/float32/steps.h"
#include "network/winograd/run.h"

namespace digitcli::network::float32 {
namespace {

// What winograd::run asks of a step in float32.
class Way : public winograd::StepWay<Step, Context> {
 public:
  using In = float;
  using Point = float;
  using Product = float;
  using Out = float;

  Way(const Step& step, const Context& context)
      : StepWay(step, context),
        kernels_(context.kernels),
        winograd_(kernels_.winograd[step.tiles.form]) {}

  Shape sums() const { return step_.unpooled; }
  std::ptrdiff_t in_row() const { return step_.in.size(); }

  void transform(int missing_rows, int missing_columns, const float* x, float* points) const {
    winograd_.input[missing_rows][missing_columns](x, step_.in.row_stride(),
                                                   step_.in.pixel_stride(), step_.in.padded, points,
                                                   step_.in.padded);
  }

  void multiply(int panel, int point, const float* points, std::ptrdiff_t stride, int tiles,
                float* products, std::ptrdiff_t product_stride) const {
    const int channels = step_.in.shape.channels, padded = step_.in.padded;
    const Panels& panels = step_.packed->panels;
    const float* x = points + point * padded;
    const float* w =
        panels.panel(panel) + static_cast<std::ptrdiff_t>(point) * channels * panels.columns(panel);
    for_each_tile(tiles, kernels_.max_rows, [&](int first, int rows) {
      kernels_.bare_product[panels.halves(panel) - 1][rows - 1](
          x + first * stride, stride, channels, w, products + first * product_stride,
          product_stride);
    });
  }

  void collect(int missing_rows, int missing_columns, int panel, const float* products, int rows,
               int columns, float* y) const {
    const Panels& panels = step_.packed->panels;
    winograd_.output[missing_rows][missing_columns](
        products, panels.columns(panel), panels.bias.data() + panel * panels.width,
        step_.layer.relu, step_.pooled, rows, columns, y, step_.out.row_stride(),
        step_.out.pixel_stride());
  }

 private:
  const Kernels& kernels_;
  const Winograd& winograd_;
};

}  // namespace

void run_winograd(const Step& step, const Context& context, int pictures, const float* in,
                  float* out) {
  winograd::run(Way(step, context), step, pictures, in, out);
}

double winograd_part(const Step& step, const Context& context, int pictures, const float* in) {
  return winograd::part_of(Way(step, context), step, pictures, in);
}

}  // namespace digitcli::network::float32
