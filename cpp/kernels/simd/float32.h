// Vectors of floats, how many lanes they have, and the tiles that their registers hold.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
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

// Where a whole vector is dear, half of one can be computed: 24 channels are one and a half. Many
// processors take as long for a vector of 64 bytes as for two of 32.
#if defined(__AVX512F__)
constexpr int kHalf = kLanes / 2;
typedef float HalfF32 __attribute__((vector_size(kBytes / 2)));
typedef float UnalignedHalfF32 __attribute__((vector_size(kBytes / 2), aligned(4), may_alias));
#else
constexpr int kHalf = kLanes;  // never
typedef F32 HalfF32;
#endif

// For lambdas: what they capture would be read from memory again after every store.
#define ALWAYS_INLINE __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

// Unrolled in full, so that arrays of sums live in registers: GCC 12 leaves them in memory else.
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#define UNROLL_ALL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLL_ALL _Pragma("GCC unroll 32")
#endif

inline F32 load(const float* p) { return *reinterpret_cast<const UnalignedF32*>(p); }
inline void store(F32 v, float* p) { *reinterpret_cast<UnalignedF32*>(p) = v; }

#if defined(__AVX512F__)
inline HalfF32 load_half(const float* p) { return *reinterpret_cast<const UnalignedHalfF32*>(p); }
inline void store(HalfF32 v, float* p) { *reinterpret_cast<UnalignedHalfF32*>(p) = v; }
#else
inline HalfF32 load_half(const float* p) { return load(p); }
#endif

template <class V>
inline V load_as(const float* p) {
  if constexpr (sizeof(V) < kBytes)
    return load_half(p);
  else
    return load(p);
}

template <class V>
constexpr int kLanesOf = sizeof(V) / sizeof(float);

// Calls body(V{}, c) for all channels from c on that fill a vector V: whole ones, and perhaps a
// half.
template <class Body>
inline void for_each_vector(int channels, const Body& body) {
  int c = 0;
  for (; c + kLanes <= channels; c += kLanes) body(F32{}, c);
  if constexpr (kHalf < kLanes) {
    if (c < channels) body(HalfF32{}, c);
  }
}

#if defined(__FMA__) || defined(__ARM_NEON)
constexpr bool kFused = true;
#else
constexpr bool kFused = false;
#endif

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

#if defined(__AVX512F__)
inline HalfF32 mul_add(float a, HalfF32 b, HalfF32 sum) {
  return _mm256_fmadd_ps(_mm256_set1_ps(a), b, sum);
}
#endif

// max(floor, v); NaN stays NaN.
template <class V>
inline V clamp_below(V v, V floor) {
  return v < floor ? floor : v;
}

// Below this nothing is cut off: 0 is ReLU, minus infinity is no activation at all.
template <class V>
inline V activation_floor(bool relu) {
  return V{} - (relu ? 0.0f : __builtin_inff());
}

// max(a, b); NaN if either is.
inline F32 max(F32 a, F32 b) { return ((b > a) | (b != b)) ? b : a; }
#if defined(__AVX512F__)
inline HalfF32 max(HalfF32 a, HalfF32 b) { return ((b > a) | (b != b)) ? b : a; }
#endif

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

#if defined(__AVX512F__)
inline HalfF32 max4(HalfF32 a, HalfF32 b, HalfF32 c, HalfF32 d) {
  return max(max(a, b), max(c, d));
}
#endif

// The compiler no longer knows what `v` holds, though it stays where it is.
template <class V>
inline void opaque(V& v) {
#if defined(__AVX512F__)
  asm volatile("" : "+v"(v));
#elif defined(__x86_64__)
  asm volatile("" : "+x"(v));
#elif defined(__ARM_NEON)
  asm volatile("" : "+w"(v));
#else
  asm volatile("" : "+m"(v));
#endif
}

}  // namespace
