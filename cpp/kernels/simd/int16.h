// Vectors of numbers of 16 bits, by pairs.
#pragma once
#include "kernels/simd/int8.h"

namespace {

// sum[i] + a[2i] * b[2i] + a[2i+1] * b[2i+1], modulo 2^32.
inline I32 dot2(I16 a, I16 b, I32 sum) {
#if defined(__AVX512F__)
  asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
#elif defined(__AVXVNNI__)
  asm("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
  return sum;
#elif defined(__SSE2__)
  return (I32)((U32)sum + (U32)multiply_pairs(a, b));
#elif defined(__ARM_NEON)
  const int16x8_t x = (int16x8_t)a, w = (int16x8_t)b;
  const int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(w));
  return (I32)vaddq_s32((int32x4_t)sum, vpaddq_s32(low, vmull_high_s16(x, w)));
#else
  for (int shift = 16; shift >= 0; shift -= 16) {
    sum = (I32)((U32)sum + (U32)(((I32)a << shift >> 16) * ((I32)b << shift >> 16)));
  }
  return sum;
#endif
}

// What a dot4 costs, in dot2s: instructions, but for what is done once for all rows of a tile. 0
// where it is so cheap that nothing is won by fewer multiplications of wider numbers.
#if defined(__AMX_INT8__) || defined(__ARM_FEATURE_DOTPROD)
constexpr double kDotCost = 0;
#elif defined(__AVX512F__) || defined(__AVXVNNI__)
constexpr double kDotCost = 1;
#else
constexpr double kDotCost = 2.5;
#endif

// Numbers of 16 bits, as many as fit into a vector; half of one where that is what a vector's lanes
// are filled from.
#if defined(__AVX512F__)
constexpr int kShorts = kLanes;
#else
constexpr int kShorts = kBytes / 2;
#endif
typedef int16_t Shorts __attribute__((vector_size(2 * kShorts)));
typedef int16_t UnalignedShorts __attribute__((vector_size(2 * kShorts), aligned(1), may_alias));
typedef uint8_t ShortBytes __attribute__((vector_size(kShorts)));

// kShorts bytes, each in 16 bits of its own.
inline Shorts load_shorts(const uint8_t* p) {
#if defined(__AVX2__)
  return (Shorts)_mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#elif defined(__SSE2__)
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return (Shorts)_mm_unpacklo_epi8(bytes, _mm_setzero_si128());
#else
  ShortBytes bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, Shorts);
#endif
}
inline void store(Shorts v, int16_t* p) { *reinterpret_cast<UnalignedShorts*>(p) = v; }

}  // namespace
