// Compiled once per ISA, with that ISA's flags. Exports one symbol, the table of its kernels;
// everything else is in anonymous namespaces, so that the linker cannot mix instruction sets.
#include "kernels/int8.h"
#include "kernels/int8_pool.h"
#include "kernels/int8_row.h"
#include "kernels/int8_winograd.h"
#include "kernels/kernels.h"
#include "kernels/one_channel.h"
#include "kernels/peak.h"
#include "kernels/pool.h"
#include "kernels/product.h"
#include "kernels/simd.h"
#include "kernels/winograd.h"

#define DIGIT_TEXT_OF(name) #name
#define DIGIT_TEXT(name) DIGIT_TEXT_OF(name)
#define DIGIT_JOIN_OF(a, b) a##b
#define DIGIT_JOIN(a, b) DIGIT_JOIN_OF(a, b)

namespace {

template <int kHalves, int kRows>
constexpr void fill_products(digitcli::Kernels& table) {
  table.product[kHalves - 1][kRows - 1] = product<kRows, kHalves>;
  table.bare_product[kHalves - 1][kRows - 1] = bare_product<kRows, kHalves>;
  if constexpr (kRows > 1) fill_products<kHalves, kRows - 1>(table);
}

// Panels of up to two vectors.
template <int kHalves>
constexpr void fill_panels(digitcli::Kernels& table) {
  fill_products<kHalves, kTileRows>(table);
  table.one_channel[0][kHalves - 1] = one_channel<3, kHalves>;
  table.one_channel[1][kHalves - 1] = one_channel<5, kHalves>;
  if constexpr (kHalves > 1) fill_panels<kHalves - 1>(table);
}

template <int kOutputs, int kWindow, int kKinds>
constexpr void fill_winograd(digitcli::Winograd& form) {
  constexpr int kGrid = kOutputs + kWindow - 1, kRows = kKinds / 3, kColumns = kKinds % 3;
  form.input[kRows][kColumns] = winograd_input<kGrid, kRows, kColumns>;
  form.output[kRows][kColumns] = winograd_output<kGrid, kOutputs, kRows, kColumns>;
  if constexpr (kKinds > 0) fill_winograd<kOutputs, kWindow, kKinds - 1>(form);
}

template <int kOutputs, int kWindow>
constexpr digitcli::Winograd winograd() {
  digitcli::Winograd form = {kOutputs, kWindow, {}, {}};
  fill_winograd<kOutputs, kWindow, 8>(form);
  return form;
}

template <int kWindow, int kKinds>
constexpr void fill_exact(digitcli::ExactWinograd& form) {
  form.input[kKinds / 3][kKinds % 3] = exact_input<kWindow, kKinds / 3, kKinds % 3>;
  form.output[kKinds / 3][kKinds % 3] = exact_output<kWindow, kKinds / 3, kKinds % 3>;
  if constexpr (kKinds > 0) fill_exact<kWindow, kKinds - 1>(form);
}

template <int kWindow>
constexpr digitcli::ExactWinograd exact_winograd() {
  digitcli::ExactWinograd form = {4, kWindow, {}, {}};
  fill_exact<kWindow, 8>(form);
  return form;
}

// None where four bytes are multiplied in less than twice the time of two numbers of 16 bits.
constexpr void fill_exact_winograd(digitcli::Kernels& table) {
  if constexpr (kDotCost > 0) {
    table.exact_winograd[0] = exact_winograd<3>();
    table.exact_winograd[1] = exact_winograd<5>();
    table.pair_product = pair_product;
    table.dot_cost = kDotCost;
    table.shorts = kShorts;
  }
}

constexpr digitcli::Kernels make_table() {
  digitcli::Kernels table = {};
  table.isa = DIGIT_TEXT(DIGITCLI_ISA_NAME);
  table.lanes = kLanes;
  table.fused = kFused;
  table.max_rows = kTileRows;
  table.half_lanes = kHalf;
  fill_panels<2 * kLanes / kHalf>(table);
  table.block_sum = block_sum;
  table.add_blocks = add_blocks;
  table.one_channel_columns = kColumns;
  table.winograd[0] = winograd<4, 5>();
  table.winograd[1] = winograd<4, 3>();
  table.winograd[2] = winograd<6, 3>();
  table.winograd[3] = {2, 5, {{winograd_input<6, 0, 0>}}, {{winograd_output<6, 2, 0, 0>}}};
  table.max_pool = max_pool_any;
  table.average_pool = average_pool;
  table.to_float = to_float;
#if !defined(DIGITCLI_FLOAT32_ONLY)  // a page in WebAssembly has no use for the rest
  table.int8_groups = kTiles ? 16 : 1;
  table.int8_row_units = kRowBlocks * kBytes;
  table.int8_product = int8_product;
  table.int8_row_product = int8_row_product;
  table.int8_gather = int8_gather;
  table.int8_lift = int8_lift;
  table.int8_max_pool = int8_max_pool;
  table.int8_average_pool = int8_average_pool;
  fill_exact_winograd(table);
  table.peak_fma_flops = kPeakSums * 2 * kLanes;
  table.peak_dot_ops = kPeakDotOps;
  table.read_step = kPeakLoads * kBytes;
  table.peak_fma = peak_fma;
  table.peak_dot = peak_dot;
  table.peak_read = peak_read;
#endif
  return table;
}

}  // namespace

namespace digitcli {
extern const Kernels DIGIT_JOIN(kernels_, DIGITCLI_ISA_NAME);
constinit const Kernels DIGIT_JOIN(kernels_, DIGITCLI_ISA_NAME) = make_table();
}  // namespace digitcli
