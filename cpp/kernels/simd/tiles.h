// A second register file, of 16 rows x 64 bytes.
//
// Registers 0-3 are sums, 4-5 rows of inputs, 6-7 weights. All are assembly because GCC 12's macros
// do not tell the compiler what memory they read.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace {

#if defined(__AMX_INT8__)
constexpr bool kTiles = true;

// Gives sums and inputs `rows` rows, inputs and weights a depth of `groups` groups of four, and
// clears everything.
inline void configure_tiles(int rows, int groups) {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {};
  } shape;
  for (int tile = 0; tile < 8; ++tile) shape.rows[tile] = (uint8_t)(tile < 6 ? rows : groups);
  for (int tile = 4; tile < 6; ++tile) shape.row_bytes[tile] = (uint16_t)(4 * groups);
  asm volatile("ldtilecfg %0" ::"m"(shape));
}

// Without this, every switch to another thread would go on saving 8 KiB.
inline void release_tiles() { asm volatile("tilerelease" ::: "memory"); }

template <int kTile>
inline void zero_tile() {
  asm volatile("tilezero %%tmm%c0" ::"i"(kTile));
}

template <int kTile>
inline void load_tile(const void* p, ptrdiff_t stride) {
  asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(kTile), "r"(p), "r"(stride) : "memory");
}

template <int kTile>
inline void store_tile(void* p, ptrdiff_t stride) {
  asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(kTile), "r"(p), "r"(stride) : "memory");
}

// sum[m][n] += x[m][4k] * w[k][4n] + ... + x[m][4k+3] * w[k][4n+3] over all k, exact.
template <int kSum, int kInput, int kWeight>
inline void dot_tiles() {
  asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSum), "i"(kInput), "i"(kWeight));
}
#else
constexpr bool kTiles = false;
inline void configure_tiles(int, int) {}
inline void release_tiles() {}
template <int>
inline void zero_tile() {}
template <int>
inline void load_tile(const void*, ptrdiff_t) {}
template <int>
inline void store_tile(void*, ptrdiff_t) {}
template <int, int, int>
inline void dot_tiles() {}
#endif

}  // namespace
