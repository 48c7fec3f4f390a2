// The dialect the kernels are written in: the only file that names an intrinsic or asks which ISA
// it is built for. Operations are named as Highway names them, so that Highway could replace it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace {

#if defined(__AVX512F__)
constexpr int kBytes = 64;
constexpr int kTileRows = 14;  // 14 x 2 sums + 2 weights + 1 input fill 31 of 32 registers
#elif defined(__AVX2__)
constexpr int kBytes = 32;
constexpr int kTileRows = 6;  // 6 x 2 sums + 2 weights + 1 input fill 15 of 16 registers
#elif defined(__ARM_NEON)
constexpr int kBytes = 16;
constexpr int kTileRows = 12;  // 12 x 2 sums + 2 weights + 1 input fill 27 of 32 registers
#else
constexpr int kBytes = 16;
constexpr int kTileRows = 5;  // 5 x 2 sums + 2 weights + 1 input + 1 product: 14 of 16 registers
#endif

constexpr int kLanes = kBytes / 4;

typedef float F32 __attribute__((vector_size(kBytes)));
typedef float UnalignedF32 __attribute__((vector_size(kBytes), aligned(4), may_alias));

// Unrolled in full, so that arrays of sums live in registers: GCC 12 leaves them in memory else.
#define UNROLL _Pragma("GCC unroll 16")

inline F32 load(const float* p) { return *reinterpret_cast<const UnalignedF32*>(p); }
inline void store(F32 v, float* p) { *reinterpret_cast<UnalignedF32*>(p) = v; }

// sum + a * b: rounded once where the ISA can (avx2, avx512, NEON), so that these agree in every
// bit, and twice on SSE2.
inline F32 mul_add(float a, F32 b, F32 sum) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(_mm512_set1_ps(a), b, sum);
#elif defined(__FMA__)
  return _mm256_fmadd_ps(_mm256_set1_ps(a), b, sum);
#elif defined(__ARM_NEON)
  return vfmaq_n_f32(sum, b, a);
#else
  return sum + a * b;
#endif
}

// max(floor, v); NaN stays NaN.
inline F32 clamp_below(F32 v, F32 floor) { return v < floor ? floor : v; }

// Below this nothing is cut off: 0 is ReLU, minus infinity is no activation at all.
inline F32 activation_floor(bool relu) { return F32{} - (relu ? 0.0f : __builtin_inff()); }

// max(a, b); NaN if either is.
inline F32 max(F32 a, F32 b) { return (b > a) | (b != b) ? b : a; }

// The largest of four; NaN if any is.
inline F32 max4(F32 a, F32 b, F32 c, F32 d) {
#if defined(__AVX512F__)
  const F32 nan = (F32)_mm512_set1_epi32(-1);
  const __mmask16 all = 0xffff;  // GCC 12 takes the unmasked form for uninitialised
  const F32 best =
      _mm512_maskz_max_ps(all, _mm512_maskz_max_ps(all, a, b), _mm512_maskz_max_ps(all, c, d));
  const __mmask16 no_number =
      _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q) | _mm512_cmp_ps_mask(c, d, _CMP_UNORD_Q);
  return _mm512_mask_mov_ps(best, no_number, nan);
#elif defined(__AVX2__)
  const F32 best = _mm256_max_ps(_mm256_max_ps(a, b), _mm256_max_ps(c, d));
  return _mm256_or_ps(
      best, _mm256_or_ps(_mm256_cmp_ps(a, b, _CMP_UNORD_Q), _mm256_cmp_ps(c, d, _CMP_UNORD_Q)));
#else
  return max(max(a, b), max(c, d));
#endif
}

}  // namespace
