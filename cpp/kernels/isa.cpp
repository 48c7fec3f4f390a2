// Compiled once per ISA, with that ISA's flags. Exports one symbol, the table of its kernels;
// everything else is in anonymous namespaces, so that the linker cannot mix instruction sets.
#include "int8.h"
#include "int8_pool.h"
#include "int8_row.h"
#include "kernels.h"
#include "pool.h"
#include "product.h"
#include "simd.h"

#define DIGIT_TEXT_OF(name) #name
#define DIGIT_TEXT(name) DIGIT_TEXT_OF(name)
#define DIGIT_JOIN_OF(a, b) a##b
#define DIGIT_JOIN(a, b) DIGIT_JOIN_OF(a, b)

namespace {

template <int kVectors, int kRows>
constexpr void fill_products(digitcli::Kernels& table) {
  table.product[kVectors - 1][kRows - 1] = product<kRows, kVectors>;
  if constexpr (kRows > 1) fill_products<kVectors, kRows - 1>(table);
}

constexpr digitcli::Kernels make_table() {
  digitcli::Kernels table = {};
  table.isa = DIGIT_TEXT(DIGITCLI_ISA_NAME);
  table.lanes = kLanes;
  table.max_rows = kTileRows;
  fill_products<1, kTileRows>(table);
  fill_products<2, kTileRows>(table);
  table.row_product[0] = row_product<1>;
  table.row_product[1] = row_product<2>;
  table.row_product[2] = row_product<3>;
  table.row_product[3] = row_product<4>;
  table.max_pool = max_pool;
  table.average_pool = average_pool;
  table.to_float = to_float;
  table.int8_groups = kTiles ? 16 : 1;
  table.int8_row_units = kRowBlocks * kBytes;
  table.int8_product = int8_product;
  table.int8_row_product = int8_row_product;
  table.int8_gather = int8_gather;
  table.int8_lift = int8_lift;
  table.int8_max_pool = int8_max_pool;
  table.int8_average_pool = int8_average_pool;
  return table;
}

}  // namespace

namespace digitcli {
extern const Kernels DIGIT_JOIN(kernels_, DIGITCLI_ISA_NAME);
constinit const Kernels DIGIT_JOIN(kernels_, DIGITCLI_ISA_NAME) = make_table();
}  // namespace digitcli
