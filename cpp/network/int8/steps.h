// How one step of an int8 plan runs, on kernels of any ISA.
#pragma once
#include <cstdint>

#include "network/int8/plan.h"
#include "network/int8/scratch.h"

namespace digitcli::network::int8 {

// A step on the planes of `pictures` pictures, border included, `in_row` and `out_row` bytes apart;
// `out` is floats if the step gives logits.
void run_picture_step(const Step& step, const Context& context, int pictures,
                      const std::uint8_t* in, std::uint8_t* out);

// One by Winograd's method.
void run_winograd(const Step& step, const Context& context, int pictures, const std::uint8_t* in,
                  std::uint8_t* out);

// A dense step on `rows` rows; of several, rows up to the next multiple of 16 are read and written
// too.
void run_dense_step(const Step& step, const Context& context, int rows, const std::uint8_t* in,
                    std::uint8_t* out);

// One picture's pixels into the plane before the first step.
void fill_plane(const Plan& plan, const Kernels& kernels, const std::uint8_t* pixels,
                std::uint8_t* plane);

// Operations of a step on what `in` holds: less than step.flops_done where a kernel leaves out
// zeros.
double flops_of(const Step& step, const Context& context, int pictures, const std::uint8_t* in);

// The part of its products that a step by Winograd's method has to do.
double winograd_part(const Step& step, const Context& context, int pictures,
                     const std::uint8_t* in);

// One picture's output, without its border and its padded channels, to place `image` of `to`: bytes
// or floats (n, height, width, channels).
void copy_output(const Step& step, const std::uint8_t* from, void* to, int image);

}  // namespace digitcli::network::int8
