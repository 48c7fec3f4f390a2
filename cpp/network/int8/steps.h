// How one step of an int8 plan runs, on kernels of any ISA.
#pragma once
#include <cstdint>

#include "network/int8/plan.h"

namespace digitcli::network::int8 {

// The features of one picture that are not zero, before a dense step: room for all, and three more.
struct RowScratch {
  std::uint8_t* value;
  std::int32_t* index;
};

// Rows of pixels or of windows that can be worked on independently.
int rows_of(const Step& step);

// Rows [begin, end) of a picture step; `in` and `out` are whole planes, border included, and `out`
// is floats if the step gives logits.
void run_picture_step(const Step& step, const Kernels& kernels, const std::uint8_t* in, void* out,
                      int begin, int end);

// Rows [begin, end) of one picture's pixels into the plane before the first step.
int pixel_rows(const Plan& plan);
void fill_plane(const Plan& plan, const Kernels& kernels, const std::uint8_t* pixels,
                std::uint8_t* plane, int begin, int end);

// Panels [begin, end) of a dense step on two rows or more, `in_stride` bytes and `out_stride`
// values apart; rows up to the next multiple of 16 are read and written too.
void run_dense_step(const Step& step, const Kernels& kernels, const std::uint8_t* in,
                    std::ptrdiff_t in_stride, int rows, void* out, std::ptrdiff_t out_stride,
                    int begin, int end);

// A dense step on one row: first gather, then any share of step.rows.panels.
int gather_row(const Step& step, const Kernels& kernels, const std::uint8_t* in,
               const RowScratch& scratch);
void run_dense_row(const Step& step, const Kernels& kernels, const RowScratch& scratch, int count,
                   void* out, int begin, int end);

}  // namespace digitcli::network::int8
