// How one step of the plan runs, on kernels of any ISA.
#pragma once
#include <cstddef>

#include "network/float32/plan.h"
#include "network/float32/scratch.h"

namespace digitcli::network::float32 {

// Calls part(first, rows) for tiles of nearly equal height, none over `most`: 28 = 14 + 14, and
// not 14 + 13 + 1, because a tile of few rows leaves the multipliers idle.
template <class Part>
void for_each_tile(int count, int most, Part part) {
  const int tiles = (count + most - 1) / most;
  int first = 0;
  for (int tile = 1; tile <= tiles; ++tile) {
    const int end = static_cast<int>(static_cast<long long>(count) * tile / tiles);
    part(first, end - first);
    first = end;
  }
}

// A step on `pictures` pictures: `in` holds their planes, border included, one after the other;
// those of `out` too, or rows of features.
void run_picture_step(const Step& step, const Context& context, int pictures, const float* in,
                      float* out);

// Its parts.
void run_direct(const Step& step, const Context& context, int pictures, const float* in,
                float* out);
void run_winograd(const Step& step, const Context& context, int pictures, const float* in,
                  float* out);
void run_pool(const Step& step, const Context& context, int pictures, const float* in, float* out);

// A dense step on `rows` rows.
void run_dense_step(const Step& step, const Context& context, int rows, const float* in,
                    float* out);

// Floating-point operations of a step on what `in` holds: less than step.flops_done where a kernel
// leaves out zeros.
double flops_of(const Step& step, const Context& context, int pictures, const float* in);

// The part of its products that a step by Winograd's method has to do.
double winograd_part(const Step& step, const Context& context, int pictures, const float* in);

// The part of flops_of() that a dense step has on one row.
double row_flops(const Step& step, const float* in);

// One picture's output, without its border and its padded channels, to place `image` of `to`:
// float (n, height, width, channels).
void copy_output(const Step& step, const float* from, void* to, int image);

}  // namespace digitcli::network::float32
